#include "vocabulary.hpp"

#include <algorithm>
#include <utility>

#include "plexus/error.hpp"
#include "plexus/text.hpp"
#include "plexus/utf8.hpp"

namespace plexus::datasets {
namespace {

constexpr std::size_t code_points = 0x110000;
constexpr std::size_t byte_values = 0x100;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

std::size_t first_character(std::string_view content) {
    return content.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
}

/// "line 3, column 7": both from 1, columns in characters.
std::string place(std::string_view content, std::size_t at) {
    const std::string_view before = content.substr(0, at);
    const std::size_t line_break = before.rfind('\n');
    const std::size_t start = line_break == std::string_view::npos ? first_character(content) : line_break + 1;
    const auto columns = std::ranges::count_if(before.substr(start),
                                               [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; });
    return text("line ", std::ranges::count(before, '\n') + 1, ", column ", columns + 1);
}

/// Calls `each(code, at, bytes)` for every unit. Throws InputError that begins with `file` for what is no UTF-8.
template <class Each>
void walk(std::string_view content, Unit unit, const std::string& file, Each each) {
    std::size_t at = unit == Unit::character ? first_character(content) : 0;
    while (at < content.size()) {
        const auto byte = static_cast<unsigned char>(content[at]);
        const Utf8Character found = unit == Unit::byte ? Utf8Character{byte, 1} : utf8_character(content, at);
        if (found.bytes == 0)
            throw InputError(text(file, ": ", place(content, at), " (byte ", at, "): ", byte_name(byte),
                                  " is no UTF-8; save the file as UTF-8, or say unit: bytes"));
        each(found.code, at, found.bytes);
        at += found.bytes;
    }
}

std::string name_of(char32_t code, Unit unit, std::string_view written) {
    const bool is_shown = unit == Unit::character ? code != 0 : code >= 0x20 && code < 0x7f;
    return is_shown ? std::string(written) : byte_name(static_cast<unsigned char>(code));
}

/// For messages.
std::string shown(char32_t code, Unit unit, std::string_view written) {
    const bool is_control = code < 0x20 || code == 0x7f;
    return is_control ? byte_name(static_cast<unsigned char>(code)) : text("'", name_of(code, unit, written), "'");
}

}  // namespace

std::string counted(std::size_t count, Unit unit) {
    return text(count, unit == Unit::character ? " character" : " byte", count == 1 ? "" : "s");
}

Vocabulary::Vocabulary(std::string_view content, Unit unit, std::string file)
    : unit_(unit), file_(std::move(file)), tokens_(unit == Unit::character ? code_points : byte_values, -1) {
    std::vector<std::pair<char32_t, std::string>> found;
    walk(content, unit, file_, [&](char32_t code, std::size_t at, std::size_t bytes) {
        if (std::exchange(tokens_[code], 0) < 0)
            found.emplace_back(code, name_of(code, unit, content.substr(at, bytes)));
    });
    if (found.empty())
        throw InputError(text(file_, ": is empty; a text is wanted"));
    std::ranges::sort(found);
    for (auto& [code, name] : found) {
        tokens_[code] = static_cast<std::int32_t>(names_.size());
        names_.push_back(std::move(name));
    }
}

std::vector<std::int32_t> Vocabulary::tokens(std::string_view content, const std::string& file) const {
    std::vector<std::int32_t> tokens;
    tokens.reserve(content.size());
    walk(content, unit_, file, [&](char32_t code, std::size_t at, std::size_t bytes) {
        if (tokens_[code] < 0)
            throw InputError(text(file, ": ", place(content, at), ": ", shown(code, unit_, content.substr(at, bytes)),
                                  " is not among the ", counted(names_.size(), unit_), " of ", file_,
                                  "; take it out, or number the units of a text that has it"));
        tokens.push_back(tokens_[code]);
    });
    return tokens;
}

}  // namespace plexus::datasets
