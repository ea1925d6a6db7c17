#include "plexus/utf8.hpp"

#include <array>

namespace plexus {
namespace {

unsigned byte(std::string_view text, std::size_t at) noexcept {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
}

}  // namespace

Utf8Character utf8_character(std::string_view text, std::size_t at) noexcept {
    const unsigned first = byte(text, at);
    if (first < 0x80)
        return {first, 1};
    const std::size_t bytes = first >= 0xc2 && first <= 0xdf   ? 2
                              : first >= 0xe0 && first <= 0xef ? 3
                              : first >= 0xf0 && first <= 0xf4 ? 4
                                                               : 0;
    // What the first byte leaves for the code: 5, 4 or 3 bits.
    char32_t code = bytes == 0 ? 0 : first & (0x7fU >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        const unsigned next = byte(text, at + i);
        if ((next & 0xc0) != 0x80)
            return {};
        code = code << 6 | (next & 0x3f);
    }
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};  // by bytes; a smaller one is overlong
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < least[bytes] || surrogate || code > 0x10ffff ? Utf8Character{} : Utf8Character{code, bytes};
}

std::string byte_name(unsigned char byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    return {'0', 'x', digits[byte >> 4], digits[byte & 15]};
}

}  // namespace plexus
