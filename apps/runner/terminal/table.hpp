// Rows of text in aligned columns.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace runner {

/// Columns are as wide as their widest cell, two spaces apart; no line ends with spaces.
class Table {
public:
    enum class Align { left, right };
    struct Column {
        std::string title;
        Align align = Align::left;
    };

    /// Where all titles are empty there is no title line.
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// As many cells as there are columns, or fewer: the rest is empty.
    void row(std::vector<std::string> cells);
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    /// Every line begins with `indent` spaces and ends with a line feed.
    [[nodiscard]] std::string text(std::size_t indent = 0) const;

private:
    [[nodiscard]] std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                                   std::size_t indent) const;

    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace runner
