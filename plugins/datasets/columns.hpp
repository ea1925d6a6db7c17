// The columns of a table as a data set wants them: found by name or number, read as numbers or as classes.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "plexus/plugin.hpp"
#include "table.hpp"

namespace plexus::datasets {

/// Labels with the names they stand for; no names where the file has numbers.
struct Labels {
    std::vector<std::int32_t> values;
    std::vector<std::string> names;
};

/// A table below its row of names, if it has one. Every refusal is an InputError at the place of an attribute, with the
/// file's name and the line. Used while a data set is made; refers to both arguments.
class Columns {
public:
    Columns(const Attributes& attributes, const Table& table);

    /// Samples: rows below the names.
    [[nodiscard]] std::size_t rows() const noexcept { return table_.rows() - first_row_; }
    /// The columns that attribute `name` names: a name, a number from 0 (from the end where it is negative), or a list.
    [[nodiscard]] std::vector<std::size_t> find(std::string_view name) const;
    /// The values of some columns, row by row. Every field must be a finite number.
    [[nodiscard]] std::vector<float> numbers(std::span<const std::size_t> columns) const;
    /// A column as labels: whole numbers from 0 as they are; else names, numbered in the order of `classes` or, where
    /// that is empty, of the alphabet.
    [[nodiscard]] Labels labels(std::size_t column, const std::vector<std::string>& classes) const;

    [[nodiscard]] InputError error(std::string_view attribute, const std::string& message) const;

private:
    [[nodiscard]] bool looks_like_names() const;
    [[nodiscard]] std::size_t find(std::string_view attribute, const Value& written) const;
    /// "'petal width' (3)", or "3" without names
    [[nodiscard]] std::string describe(std::size_t column) const;
    [[nodiscard]] std::string_view field(std::size_t row, std::size_t column) const {
        return table_.field(first_row_ + row, column);
    }
    [[nodiscard]] std::size_t line(std::size_t row) const { return table_.line(first_row_ + row); }

    const Attributes& attributes_;
    const Table& table_;
    std::size_t first_row_ = 0;
};

}  // namespace plexus::datasets
