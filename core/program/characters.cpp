#include "core/program/characters.hpp"

#include <algorithm>
#include <cstdint>

#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

unsigned byte(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
}

InputError fault(std::string_view text, std::size_t at, const std::string& origin, const std::string& message) {
    const std::string_view before = text.substr(0, at);
    const auto line = std::count(before.begin(), before.end(), '\n');
    const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    return {Position{origin, static_cast<int>(line) + 1, static_cast<int>(at - start) + 1}, message};
}

}  // namespace

std::size_t character_bytes(std::string_view text, std::size_t at) {
    const unsigned first = byte(text, at);
    if (first < 0x80)
        return 1;
    const std::size_t bytes = first >= 0xc2 && first <= 0xdf   ? 2
                              : first >= 0xe0 && first <= 0xef ? 3
                              : first >= 0xf0 && first <= 0xf4 ? 4
                                                               : 0;
    for (std::size_t i = 1; i < bytes; ++i)
        if ((byte(text, at + i) & 0xc0) != 0x80)
            return 0;
    const unsigned second = byte(text, at + 1);
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool beyond = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
    return overlong || beyond ? 0 : bytes;
}

std::string hexadecimal(unsigned value) {
    constexpr std::string_view digits = "0123456789abcdef";
    return {'0', 'x', digits[value >> 4], digits[value & 15]};
}

void refuse_characters(std::string_view content, const std::string& origin) {
    for (std::size_t at = 0; at < content.size();) {
        const unsigned first = byte(content, at);
        const std::size_t bytes = character_bytes(content, at);
        if (bytes == 0)
            throw fault(content, at, origin, text("byte ", hexadecimal(first), " is no UTF-8; save the file as UTF-8"));
        if ((first < 0x20 && first != '\t' && first != '\n' && first != '\r') || first == 0x7f)
            throw fault(content, at, origin, text("control character ", hexadecimal(first), " in the text"));
        at += bytes;
    }
}

}  // namespace plexus
