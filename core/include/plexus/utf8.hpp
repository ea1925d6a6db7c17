// Characters in UTF-8 text.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "plexus/export.hpp"

namespace plexus {

/// One character as it stands in a text.
struct Utf8Character {
    char32_t code = 0;      ///< its code point
    std::size_t bytes = 0;  ///< how many it takes, 1 to 4; 0 where there is no character
};

/// The character that begins at byte `at`, which is below the text's size. None: a byte that begins none, an overlong
/// form, a surrogate, a code point above 10ffff, or a character that is cut off. Source: RFC 3629.
[[nodiscard]] PLEXUS_API Utf8Character utf8_character(std::string_view text, std::size_t at) noexcept;

/// How a byte is named that stands for no character: "0x0a".
[[nodiscard]] PLEXUS_API std::string byte_name(unsigned char byte);

}  // namespace plexus
