#include "core/program/characters.hpp"

#include <algorithm>

#include "plexus/error.hpp"
#include "plexus/text.hpp"
#include "plexus/utf8.hpp"

namespace plexus {

namespace {

InputError fault(std::string_view text, std::size_t at, const std::string& origin, const std::string& message) {
    const std::string_view before = text.substr(0, at);
    const auto line = std::count(before.begin(), before.end(), '\n');
    const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    return {Position{origin, static_cast<int>(line) + 1, static_cast<int>(at - start) + 1}, message};
}

}  // namespace

void refuse_characters(std::string_view content, const std::string& origin) {
    for (std::size_t at = 0; at < content.size();) {
        const auto first = static_cast<unsigned char>(content[at]);
        const std::size_t bytes = utf8_character(content, at).bytes;
        if (bytes == 0)
            throw fault(content, at, origin, text("byte ", byte_name(first), " is no UTF-8; save the file as UTF-8"));
        if ((first < 0x20 && first != '\t' && first != '\n' && first != '\r') || first == 0x7f)
            throw fault(content, at, origin, text("control character ", byte_name(first), " in the text"));
        at += bytes;
    }
}

}  // namespace plexus
