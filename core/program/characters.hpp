// Which bytes a program text may hold.
#pragma once
#include <string>
#include <string_view>

namespace plexus {

/// Bytes of the UTF-8 character at `at`, or 0 where there is none. RFC 3629.
[[nodiscard]] std::size_t character_bytes(std::string_view text, std::size_t at);
/// "0x0a"
[[nodiscard]] std::string hexadecimal(unsigned byte);

/// Throws InputError with the position of the first byte that is no UTF-8 (overlong forms and surrogates included), or
/// is a control character other than tab and line break: yaml-cpp takes byte 4 for the end of the text.
void refuse_characters(std::string_view text, const std::string& origin);

}  // namespace plexus
