#include "apps/runner/terminal/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace runner {
namespace {

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view{} : value;
}

}  // namespace

bool is_terminal(std::FILE* stream) {
    return ::isatty(::fileno(stream)) == 1 && variable("TERM") != "dumb";
}

bool has_colors(std::FILE* stream) {
    return is_terminal(stream) && variable("NO_COLOR").empty();
}

std::size_t line_length(std::FILE* stream) {
    winsize size{};
    if (::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 100;
}

bool shows_unicode() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
        if (const std::string_view value = variable(name); !value.empty())
            return value.find("UTF-8") != std::string_view::npos || value.find("utf8") != std::string_view::npos;
    return false;
}

std::string bold(std::FILE* stream, std::string_view text) {
    return has_colors(stream) ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string{text};
}

std::string printable(std::string_view text, std::string_view allowed) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        // U+0080 to U+009F are control characters too; in UTF-8 they are C2 80 to C2 9F.
        const bool high_control =
            byte == 0xC2U && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0U;
        if ((byte >= 0x20U && byte != 0x7FU && !high_control) || allowed.find(text[i]) != std::string_view::npos)
            result += text[i];
        else
            result += fmt::format("\\x{:02x}", byte);
    }
    return result;
}

std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace runner
