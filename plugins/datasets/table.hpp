// A table of text fields, as CSV files hold it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plexus::datasets {

/// Rows of equally many fields. Fields are between delimiters or in double quotes, where "" is one quote and line
/// breaks are text; blanks around an unquoted field are not part of it; blank lines are passed over. Source: RFC 4180.
class Table {
public:
    /// Throws InputError that begins with `file`: rows of different length, an open quote, text after a closing quote,
    /// no rows at all.
    Table(std::span<const std::uint8_t> bytes, char delimiter, std::string file);

    [[nodiscard]] std::size_t rows() const noexcept { return lines_.size(); }
    [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
    [[nodiscard]] std::string_view field(std::size_t row, std::size_t column) const noexcept;
    /// The line of the file in which a row begins, from 1.
    [[nodiscard]] std::size_t line(std::size_t row) const noexcept { return lines_[row]; }
    [[nodiscard]] const std::string& file() const noexcept { return file_; }

private:
    std::string file_;
    std::size_t columns_ = 0;
    std::string text_;                ///< all fields, one after the other
    std::vector<std::size_t> ends_;   ///< of each field in text_, row by row
    std::vector<std::size_t> lines_;  ///< one per row
};

/// A whole field as a number: digits as a program would write them, finite.
[[nodiscard]] bool to_number(std::string_view field, double& value) noexcept;

}  // namespace plexus::datasets
