#include "numbers.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "file.hpp"

namespace plexus::formats {
namespace {

Element element_for(Stored stored) {
    switch (stored) {
        case Stored::boolean:
        case Stored::uint8:
            return Element::uint8;
        case Stored::float32:
            return Element::float32;
        case Stored::float64:
            return Element::float64;
        default:
            return Element::int32;
    }
}

/// One number of type T, whatever its byte order.
template <class T>
T load(const std::byte* from, bool big_endian) {
    std::byte bytes[sizeof(T)];
    std::memcpy(bytes, from, sizeof(T));
    if (big_endian != (std::endian::native == std::endian::big))
        std::reverse(bytes, bytes + sizeof(T));
    T number;
    std::memcpy(&number, bytes, sizeof(T));
    return number;
}

template <class T, class To>
void convert(std::span<const std::byte> bytes, bool big_endian, std::span<To> out, const std::string& file) {
    for (std::size_t i = 0; i < out.size(); ++i) {
        const T number = load<T>(bytes.data() + i * sizeof(T), big_endian);
        if constexpr (std::is_integral_v<T>) {
            if (!std::in_range<To>(number))
                throw damaged(file, "element ", i, " is ", number, "; integers up to ", std::numeric_limits<To>::max(),
                              " are read");
        }
        out[i] = static_cast<To>(number);
    }
}

}  // namespace

std::size_t size_of(Stored stored) noexcept {
    switch (stored) {
        case Stored::boolean:
        case Stored::uint8:
        case Stored::int8:
            return 1;
        case Stored::uint16:
        case Stored::int16:
            return 2;
        case Stored::uint32:
        case Stored::int32:
        case Stored::float32:
            return 4;
        case Stored::uint64:
        case Stored::int64:
        case Stored::float64:
            return 8;
    }
    return 0;
}

std::optional<std::size_t> bytes_of(std::span<const std::int64_t> sizes, Stored stored) noexcept {
    auto bytes = static_cast<std::int64_t>(size_of(stored));
    bool empty = false;
    for (const std::int64_t size : sizes) {
        if (size < 0)
            return std::nullopt;
        // A size of zero must not hide that the others are absurd: they go into a Shape as they are.
        empty = empty || size == 0;
        if (__builtin_mul_overflow(bytes, std::max<std::int64_t>(size, 1), &bytes))
            return std::nullopt;
    }
    return empty ? 0 : static_cast<std::size_t>(bytes);
}

Array array_of(std::span<const std::int64_t> sizes, Stored stored, bool big_endian, std::span<const std::byte> bytes,
               const std::string& file) {
    Array array{{Shape(sizes), element_for(stored)}};
    switch (stored) {
        case Stored::boolean:
        case Stored::uint8:
            if (!bytes.empty())
                std::memcpy(array.view().data, bytes.data(), bytes.size());
            break;
        case Stored::int8:
            convert<std::int8_t>(bytes, big_endian, array.as<std::int32_t>(), file);
            break;
        case Stored::uint16:
            convert<std::uint16_t>(bytes, big_endian, array.as<std::int32_t>(), file);
            break;
        case Stored::int16:
            convert<std::int16_t>(bytes, big_endian, array.as<std::int32_t>(), file);
            break;
        case Stored::uint32:
            convert<std::uint32_t>(bytes, big_endian, array.as<std::int32_t>(), file);
            break;
        case Stored::int32:
            convert<std::int32_t>(bytes, big_endian, array.as<std::int32_t>(), file);
            break;
        case Stored::uint64:
            convert<std::uint64_t>(bytes, big_endian, array.as<std::int32_t>(), file);
            break;
        case Stored::int64:
            convert<std::int64_t>(bytes, big_endian, array.as<std::int32_t>(), file);
            break;
        case Stored::float32:
            convert<float>(bytes, big_endian, array.as<float>(), file);
            break;
        case Stored::float64:
            convert<double>(bytes, big_endian, array.as<double>(), file);
            break;
    }
    return array;
}

}  // namespace plexus::formats
