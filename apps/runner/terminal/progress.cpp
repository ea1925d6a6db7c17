#include "apps/runner/terminal/progress.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apps/runner/terminal/terminal.hpp"

namespace runner {
namespace {

std::string bar(double share, std::size_t length, bool unicode) {
    const auto filled = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(length));
    std::string result;
    for (std::size_t i = 0; i < length; ++i)
        result += unicode ? (i < filled ? "█" : "░") : (i < filled ? "=" : i == filled ? ">" : " ");
    return unicode ? result : "[" + result + "]";
}

}  // namespace

Progress::Progress(std::FILE* stream) : stream_(stream), terminal_(is_terminal(stream)), unicode_(shows_unicode()) {}

bool Progress::due() const {
    return terminal_ && std::chrono::steady_clock::now() >= next_;
}

void Progress::draw(const std::string& before, double share, const std::string& after) {
    if (!due())
        return;
    next_ = std::chrono::steady_clock::now() + std::chrono::milliseconds{100};
    const std::size_t line = line_length(stream_) - 1;
    const std::size_t texts = width(before) + width(after) + 4;
    const std::size_t length = texts + 8 > line ? 0 : std::min<std::size_t>(30, line - texts);
    std::string drawn =
        length == 0 ? before + "  " + after : fmt::format("{} {} {}", before, bar(share, length, unicode_), after);
    if (width(drawn) > line)
        drawn.resize(line);  // without a bar the texts are ASCII
    fmt::print(stream_, "\r\x1b[K{}", drawn);
    std::fflush(stream_);
    drawn_ = true;
}

void Progress::clear() {
    if (!drawn_)
        return;
    std::fputs("\r\x1b[K", stream_);
    std::fflush(stream_);
    drawn_ = false;
}

}  // namespace runner
