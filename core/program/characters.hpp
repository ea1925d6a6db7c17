// Which bytes a program text may hold.
#pragma once
#include <string>
#include <string_view>

namespace plexus {

/// Throws InputError with the position of the first byte that is no UTF-8 (overlong forms and surrogates included), or
/// is a control character other than tab and line break: yaml-cpp takes byte 4 for the end of the text.
void refuse_characters(std::string_view text, const std::string& origin);

}  // namespace plexus
