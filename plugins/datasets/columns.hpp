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

/// The table of the file that attribute `file` names, its fields between `delimiter`. Throws InputError at an
/// attribute.
[[nodiscard]] Table read_table(const Attributes& attributes, const Factory& factory);
/// Declares what read_table() and Columns look at besides `file`: `header`, `delimiter` and `classes`.
Schema& declare_table(Schema& schema);

/// A table below its row of names, if it has one. Every refusal is an InputError at the place of an attribute, with the
/// file's name and the line. Used while a data set is made; refers to both arguments.
class Columns {
public:
    Columns(const Attributes& attributes, const Table& table);

    /// Samples: rows below the names.
    [[nodiscard]] std::size_t rows() const noexcept { return table_.rows() - first_row_; }
    /// The columns that attribute `name` names: a name, a number from 0 (from the end where it is negative), or a list.
    [[nodiscard]] std::vector<std::size_t> find(std::string_view name) const;
    /// The same of an attribute that names one.
    [[nodiscard]] std::size_t find_one(std::string_view name) const;
    /// All columns but these, of which there must be some: the features.
    [[nodiscard]] std::vector<std::size_t> others(std::span<const std::size_t> taken) const;
    /// The values of some columns, row by row. Every field must be a finite number.
    [[nodiscard]] std::vector<float> numbers(std::span<const std::size_t> columns) const;
    /// A column as labels: whole numbers from 0 as they are; else names, numbered in the order of attribute
    /// `classes` or, without it, of the alphabet.
    [[nodiscard]] Labels labels(std::size_t column) const;
    [[nodiscard]] std::string_view field(std::size_t row, std::size_t column) const {
        return table_.field(first_row_ + row, column);
    }
    /// For messages: "line 7", and "line 7, column 'width'".
    /// @{
    [[nodiscard]] std::string place(std::size_t row) const;
    [[nodiscard]] std::string place(std::size_t row, std::size_t column) const;
    /// @}

    [[nodiscard]] InputError error(std::string_view attribute, const std::string& message) const;

private:
    [[nodiscard]] bool looks_like_names() const;
    [[nodiscard]] std::size_t find(std::string_view attribute, const Value& written) const;
    /// "'petal width' (3)", or "3" without names
    [[nodiscard]] std::string describe(std::size_t column) const;

    const Attributes& attributes_;
    const Table& table_;
    std::size_t first_row_ = 0;
};

}  // namespace plexus::datasets
