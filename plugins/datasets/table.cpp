#include "table.hpp"

#include <charconv>
#include <cmath>

#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus::datasets {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/// Walks over the bytes, one field at a time.
class Scanner {
public:
    Scanner(std::string_view content, char delimiter, const std::string& file)
        : content_(content), delimiter_(delimiter), file_(file) {}

    [[nodiscard]] bool at_end() const { return at_ == content_.size(); }
    [[nodiscard]] std::size_t line() const { return line_; }

    /// Goes over a line that holds nothing but blanks.
    bool skip_blank_line() {
        std::size_t at = at_;
        while (at < content_.size() && is_blank(content_[at]) && content_[at] != delimiter_)
            ++at;
        if (at < content_.size() && content_[at] != '\n')
            return false;
        at_ = at;
        end_line();
        return true;
    }

    /// Appends the next field to `out`. False where it was the last of its row.
    bool field(std::string& out) {
        skip_blanks();
        if (!at_end() && content_[at_] == '"')
            quoted(out);
        else
            plain(out);
        if (!at_end() && content_[at_] == delimiter_) {
            ++at_;
            return true;
        }
        end_line();
        return false;
    }

private:
    void end_line() {
        if (!at_end()) {
            ++at_;
            ++line_;
        }
    }
    void skip_blanks() {
        while (!at_end() && is_blank(content_[at_]) && content_[at_] != delimiter_)
            ++at_;
    }
    void plain(std::string& out) {
        const std::size_t begin = at_;
        while (!at_end() && content_[at_] != delimiter_ && content_[at_] != '\n')
            ++at_;
        std::size_t end = at_;
        while (end > begin && is_blank(content_[end - 1]))
            --end;
        out += content_.substr(begin, end - begin);
    }
    void quoted(std::string& out) {
        const std::size_t opened = line_;
        for (++at_;; ++at_) {
            if (at_end())
                throw InputError(text(file_, ": line ", opened, ": a quote is opened and never closed"));
            const char c = content_[at_];
            if (c == '"') {
                ++at_;
                if (at_end() || content_[at_] != '"')
                    break;
            }
            line_ += c == '\n';
            out += c;
        }
        skip_blanks();
        if (!at_end() && content_[at_] != delimiter_ && content_[at_] != '\n')
            throw InputError(text(file_, ": line ", line_,
                                  ": text follows a closing quote; a quote inside of quotes is "
                                  "written twice"));
    }

    std::string_view content_;
    char delimiter_;
    const std::string& file_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
};

}  // namespace

Table::Table(std::span<const std::uint8_t> bytes, char delimiter, std::string file) : file_(std::move(file)) {
    std::string_view content{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    if (content.starts_with("\xef\xbb\xbf"))  // a byte order mark, as spreadsheets write it
        content.remove_prefix(3);
    Scanner scanner(content, delimiter, file_);
    while (!scanner.at_end()) {
        if (scanner.skip_blank_line())
            continue;
        const std::size_t line = scanner.line();
        std::size_t fields = 0;
        for (bool more = true; more; ++fields) {
            more = scanner.field(text_);
            ends_.push_back(text_.size());
        }
        if (lines_.empty())
            columns_ = fields;
        if (fields != columns_)
            throw InputError(
                text(file_, ": line ", line, " has ", fields, " columns; line ", lines_.front(), " has ", columns_));
        lines_.push_back(line);
    }
    if (lines_.empty())
        throw InputError(text(file_, ": is empty; a table is wanted"));
}

std::string_view Table::field(std::size_t row, std::size_t column) const noexcept {
    const std::size_t i = row * columns_ + column;
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(text_).substr(begin, ends_[i] - begin);
}

bool to_number(std::string_view field, double& value) noexcept {
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    return !field.empty() && error == std::errc{} && end == field.data() + field.size() && std::isfinite(value);
}

}  // namespace plexus::datasets
