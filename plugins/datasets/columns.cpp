#include "columns.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "source_file.hpp"

namespace plexus::datasets {
namespace {

/// What a message shows of a field that may be long or binary.
std::string shown(std::string_view field) {
    std::string out;
    for (const char c : field.substr(0, 32))
        out += static_cast<unsigned char>(c) < ' ' ? '?' : c;
    return field.size() > 32 ? out + "..." : out;
}

}  // namespace

Table read_table(const Attributes& attributes, const Factory& factory) {
    const std::string delimiter = attributes.get<std::string>("delimiter");
    if (delimiter.size() != 1 || delimiter == "\"" || delimiter == "\n" || delimiter == "\r")
        throw attributes.error("delimiter",
                               text("'delimiter' is '", delimiter, "'; it is one character, as ',' or ';'"));
    const Array bytes = read_source(attributes, factory, "file", "text");
    try {
        return Table(bytes.as<std::uint8_t>(), delimiter.front(), factory.path(attributes, "file").string());
    } catch (const InputError& error) {
        throw attributes.error("file", error.what());
    }
}

Schema& declare_table(Schema& schema) {
    using enum AttributeSpec::Form;
    return schema
        .optional("header", boolean, "whether the first row has the columns' names; without it the table is looked at")
        .attribute("delimiter", ",", "the character between fields")
        .optional("classes", strings,
                  "names in the column of the class, in the order of their labels; without it the alphabet's");
}

Columns::Columns(const Attributes& attributes, const Table& table) : attributes_(attributes), table_(table) {
    if (attributes.has("header") ? attributes.get<bool>("header") : looks_like_names())
        first_row_ = 1;
    if (rows() == 0)
        throw error("file", "has names of columns and no rows below them");
}

/// Names are no numbers, above columns of numbers.
bool Columns::looks_like_names() const {
    if (table_.rows() < 2)
        return false;
    double number = 0;
    for (std::size_t i = 0; i < table_.columns(); ++i)
        if (!to_number(table_.field(0, i), number) && to_number(table_.field(1, i), number))
            return true;
    return false;
}

InputError Columns::error(std::string_view attribute, const std::string& message) const {
    return attributes_.error(attribute, text(table_.file(), ": ", message));
}

std::string Columns::describe(std::size_t column) const {
    return first_row_ == 0 ? std::to_string(column) : text("'", shown(table_.field(0, column)), "'");
}

std::vector<std::size_t> Columns::find(std::string_view name) const {
    const Value& written = attributes_.raw(name);
    if (!written.is_list())
        return {find(name, written)};
    std::vector<std::size_t> all;
    for (const Value& item : written.list()) {
        const std::size_t column = find(name, item);
        if (std::ranges::find(all, column) != all.end())
            throw attributes_.error(name, text("'", name, "' names column ", describe(column), " twice"));
        all.push_back(column);
    }
    if (all.empty())
        throw attributes_.error(name, text("'", name, "' names no column; leave it out, or name one"));
    return all;
}

std::size_t Columns::find(std::string_view attribute, const Value& written) const {
    const auto count = static_cast<std::int64_t>(table_.columns());
    if (written.is_integer()) {
        const std::int64_t number = written.integer();
        if (number < -count || number >= count)
            throw error(attribute, text("has no column ", number, "; its ", count,
                                        " columns are counted from 0, or from -1 "
                                        "backwards"));
        return static_cast<std::size_t>(number < 0 ? number + count : number);
    }
    if (!written.is_string())
        throw attributes_.error(attribute, text("'", attribute, "' is the name of a column, or its number from 0"));
    if (first_row_ == 0)
        throw error(attribute, text("has no names in its first line, so there is no column '", written.string(),
                                    "'; give its number from 0, or header: true"));
    std::string known;
    for (std::size_t i = 0; i < table_.columns(); ++i) {
        if (table_.field(0, i) == written.string())
            return i;
        if (i < 16)
            known += (i == 0 ? "" : ", ") + shown(table_.field(0, i));
    }
    if (table_.columns() > 16)
        known += text(" and ", table_.columns() - 16, " more");
    throw error(attribute, text("has no column '", written.string(), "'; it has ", known));
}

std::size_t Columns::find_one(std::string_view name) const {
    const std::vector<std::size_t> all = find(name);
    if (all.size() != 1)
        throw attributes_.error(name, text("'", name, "' is one column"));
    return all.front();
}

std::vector<std::size_t> Columns::others(std::span<const std::size_t> taken) const {
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < table_.columns(); ++i)
        if (std::ranges::find(taken, i) == taken.end())
            others.push_back(i);
    if (others.empty())
        throw error("file", "has no column besides those that are named; features are wanted");
    return others;
}

std::string Columns::place(std::size_t row) const {
    return text("line ", table_.line(first_row_ + row));
}

std::string Columns::place(std::size_t row, std::size_t column) const {
    return text(place(row), ", column ", describe(column));
}

std::vector<float> Columns::numbers(std::span<const std::size_t> columns) const {
    std::vector<float> values;
    values.reserve(rows() * columns.size());
    for (std::size_t row = 0; row < rows(); ++row)
        for (const std::size_t column : columns) {
            double number = 0;
            if (!to_number(field(row, column), number) || std::abs(number) > std::numeric_limits<float>::max())
                throw error("file", text(place(row, column), " holds '", shown(field(row, column)),
                                         "'; a finite number is wanted"));
            values.push_back(static_cast<float>(number));
        }
    return values;
}

Labels Columns::labels(std::size_t column) const {
    Labels labels;
    if (attributes_.has("classes"))
        labels.names = attributes_.get<std::vector<std::string>>("classes");
    if (labels.names.empty()) {
        bool all_numbers = true;
        for (std::size_t row = 0; row < rows() && all_numbers; ++row) {
            double number = 0;
            all_numbers = to_number(field(row, column), number);
            if (!all_numbers)
                break;
            if (number < 0 || number > std::numeric_limits<std::int32_t>::max() || number != std::floor(number))
                throw error("label", text(place(row, column), " holds ", shown(field(row, column)),
                                          "; a label is a whole number from 0, or a name: a "
                                          "quantity is a target"));
            labels.values.push_back(static_cast<std::int32_t>(number));
        }
        if (all_numbers)
            return labels;
        labels.values.clear();
        for (std::size_t row = 0; row < rows(); ++row)
            labels.names.emplace_back(field(row, column));
        std::ranges::sort(labels.names);
        labels.names.erase(std::ranges::unique(labels.names).begin(), labels.names.end());
        if (labels.names.front().empty())
            for (std::size_t row = 0;; ++row)
                if (field(row, column).empty())
                    throw error("label", text(place(row, column), " is empty; a class is wanted"));
    }
    std::vector<std::pair<std::string_view, std::int32_t>> places;
    for (std::size_t i = 0; i < labels.names.size(); ++i)
        places.emplace_back(labels.names[i], static_cast<std::int32_t>(i));
    std::ranges::sort(places);
    for (std::size_t row = 0; row < rows(); ++row) {
        const std::string_view name = field(row, column);
        const auto found = std::ranges::lower_bound(places, name, {}, [](const auto& entry) { return entry.first; });
        if (found == places.end() || found->first != name)
            throw error("classes",
                        text(place(row, column), " holds '", shown(name), "', which is not among 'classes'"));
        labels.values.push_back(found->second);
    }
    return labels;
}

}  // namespace plexus::datasets
