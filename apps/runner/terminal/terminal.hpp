// What is known of the place that text goes to: a terminal, or a pipe or file that wants no control bytes.
#pragma once
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace runner {

/// A terminal on which the line that was written last can be written again.
[[nodiscard]] bool is_terminal(std::FILE* stream);
/// A terminal, and nobody asked for NO_COLOR.
[[nodiscard]] bool has_colors(std::FILE* stream);
/// Characters in a line; 100 where nobody knows.
[[nodiscard]] std::size_t line_length(std::FILE* stream);
/// The locale's text is UTF-8, so that more than ASCII can be shown.
[[nodiscard]] bool shows_unicode();

/// Bold where there are colours.
[[nodiscard]] std::string bold(std::FILE* stream, std::string_view text);

/// Names that come out of files, without the control bytes that a terminal would obey: "\x1b".
[[nodiscard]] std::string printable(std::string_view text, std::string_view allowed = {});

/// Columns that UTF-8 text takes; every character counts as one.
[[nodiscard]] std::size_t width(std::string_view text);

}  // namespace runner
