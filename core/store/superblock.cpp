#include "core/store/superblock.hpp"

#include <algorithm>
#include <array>

namespace plexus::store {
namespace {

constexpr std::array<unsigned char, 8> signature{0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

unsigned byte_at(std::span<const std::byte> bytes, std::size_t place) {
    return place < bytes.size() ? std::to_integer<unsigned>(bytes[place]) : 0;
}

std::uint64_t number_at(std::span<const std::byte> bytes, std::size_t place, std::size_t width) {
    std::uint64_t number = 0;
    for (std::size_t i = std::min<std::size_t>(width, 8); i-- > 0;)
        number = number << 8U | byte_at(bytes, place + i);
    return number;
}

/// HDF5 File Format Specification 3.0, section II.A.
Superblock parse(std::span<const std::byte> bytes, std::size_t place) {
    Superblock found;
    const std::span<const std::byte> block = bytes.subspan(place);
    const unsigned version = byte_at(block, 8);
    if (version <= 1) {
        const std::size_t width = byte_at(block, 13);
        found.end = number_at(block, (version == 0 ? 24 : 28) + 2 * width, width);
    } else if (version <= 3) {
        const std::size_t width = byte_at(block, 9);
        found.end = number_at(block, 12 + 2 * width, width);
        found.left_open = version == 3 && byte_at(block, 11) != 0;
    }
    return found;
}

}  // namespace

std::optional<Superblock> find_superblock(std::span<const std::byte> bytes) {
    const auto same = [](unsigned char a, std::byte b) { return std::byte{a} == b; };
    for (std::size_t place = 0; place + signature.size() <= bytes.size(); place = place == 0 ? 512 : 2 * place)
        if (std::equal(signature.begin(), signature.end(), bytes.begin() + static_cast<std::ptrdiff_t>(place), same))
            return parse(bytes, place);
    return std::nullopt;
}

}  // namespace plexus::store
