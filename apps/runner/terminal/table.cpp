#include "apps/runner/terminal/table.hpp"

#include <algorithm>

#include "apps/runner/terminal/terminal.hpp"

namespace runner {

void Table::row(std::vector<std::string> cells) {
    for (std::string& cell : cells)
        cell = printable(cell);
    cells.resize(columns_.size());
    rows_.push_back(std::move(cells));
}

std::string Table::line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                        std::size_t indent) const {
    std::string result(indent, ' ');
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string padding(widths[i] - width(cells[i]), ' ');
        if (i > 0)
            result += "  ";
        result += columns_[i].align == Align::right ? padding + cells[i] : cells[i] + padding;
    }
    result.erase(result.find_last_not_of(' ') + 1);
    return result + '\n';
}

std::string Table::text(std::size_t indent) const {
    std::vector<std::string> titles;
    std::vector<std::size_t> widths;
    for (const Column& column : columns_) {
        titles.push_back(column.title);
        widths.push_back(width(column.title));
    }
    for (const std::vector<std::string>& cells : rows_)
        for (std::size_t i = 0; i < cells.size(); ++i)
            widths[i] = std::max(widths[i], width(cells[i]));
    std::string result;
    if (std::ranges::any_of(titles, [](const std::string& title) { return !title.empty(); }))
        result += line(titles, widths, indent);
    for (const std::vector<std::string>& cells : rows_)
        result += line(cells, widths, indent);
    return result;
}

}  // namespace runner
