#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "file.hpp"
#include "formats.hpp"

namespace plexus::formats {
namespace {

/// A table of numbers: one row a line, commas between, a first line of names passed over. Tables with text in them are
/// the csv data set's business. Numbers are written so that reading gives the same ones.
class Csv final : public Format {
public:
    explicit Csv(const Attributes&) {}
    [[nodiscard]] Array read(const std::filesystem::path& file) const override {
        return decode_csv(read_file(file), file.string());
    }
    void write(const std::filesystem::path& file, const ConstTensor& tensor) const override;
};

std::string_view trimmed(std::string_view field) {
    constexpr std::string_view blank = " \t\r";
    const std::size_t first = field.find_first_not_of(blank);
    if (first == std::string_view::npos)
        return {};
    return field.substr(first, field.find_last_not_of(blank) - first + 1);
}

bool number(std::string_view field, float& value) {
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    return !field.empty() && error == std::errc{} && end == field.data() + field.size();
}

/// What a message shows of a field that may be long or binary.
std::string shown(std::string_view field) {
    std::string out;
    for (const char c : field.substr(0, 32))
        out += c >= ' ' && c <= '~' ? c : '?';
    return field.size() > 32 ? out + "..." : out;
}

/// Calls use(line number, line) for each line that is not blank.
template <class Use>
void for_each_line(std::string_view content, Use use) {
    for (std::size_t line_number = 1; !content.empty(); ++line_number) {
        const std::size_t end = std::min(content.find('\n'), content.size());
        const std::string_view line = trimmed(content.substr(0, end));
        if (!line.empty())
            use(line_number, line);
        content.remove_prefix(std::min(end + 1, content.size()));
    }
}

template <class T>
void append(std::string& out, T value) {
    char digits[32];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
    out.append(digits, end);
}

template <class T>
std::string lines(std::span<const T> values, std::size_t columns) {
    std::string out;
    for (std::size_t i = 0; i < values.size(); ++i) {
        append(out, values[i]);
        out += (i + 1) % columns == 0 ? '\n' : ',';
    }
    return out;
}

/// The first dimension becomes rows; all others become columns.
void Csv::write(const std::filesystem::path& file, const ConstTensor& tensor) const {
    const Shape& shape = tensor.shape();
    const auto columns = shape.rank() < 2 ? std::size_t{1} : static_cast<std::size_t>(shape.from(1).elements());
    std::string out;
    switch (tensor.type.element) {
        case Element::float32:
            out = lines(tensor.as<float>(), columns);
            break;
        case Element::float64:
            out = lines(tensor.as<double>(), columns);
            break;
        case Element::int32:
            out = lines(tensor.as<std::int32_t>(), columns);
            break;
        case Element::uint8:
            out = lines(tensor.as<std::uint8_t>(), columns);
            break;
        case Element::bfloat16:
            throw InputError(text(file.string(), ": csv has no bfloat16; make it float32 first"));
    }
    write_file(file, std::as_bytes(std::span{out}));
}

}  // namespace

Array decode_csv(std::span<const std::byte> bytes, const std::string& file) {
    std::string_view content{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    if (content.starts_with("\xef\xbb\xbf"))
        content.remove_prefix(3);
    std::vector<float> values;
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::size_t first_line = 0;
    for_each_line(content, [&](std::size_t line_number, std::string_view line) {
        const bool first = first_line == 0;
        std::size_t fields = 0;
        std::string_view bad;
        bool is_bad = false;
        for (bool more = true; more; ++fields) {
            const std::size_t end = line.find(',');
            more = end != std::string_view::npos;
            const std::string_view field = trimmed(line.substr(0, end));
            line.remove_prefix(more ? end + 1 : line.size());
            float value = 0;
            if (number(field, value))
                values.push_back(value);
            else if (!is_bad) {
                bad = field;
                is_bad = true;
                if (!first)
                    throw damaged(file, "line ", line_number, ", column ", fields + 1, " holds '", shown(bad),
                                  "', which is no number");
            }
        }
        if (first) {
            first_line = line_number;
            columns = fields;
            if (is_bad) {  // names
                values.clear();
                return;
            }
        }
        if (fields != columns)
            throw damaged(file, "line ", line_number, " has ", fields, " columns; line ", first_line, " has ", columns);
        ++rows;
    });
    if (rows == 0)
        throw damaged(file, "has no line of numbers");
    Array array{{Shape{static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)}, Element::float32}};
    std::copy(values.begin(), values.end(), array.as<float>().begin());
    return array;
}

void add_csv(Registry& registry) {
    registry.format<Csv>("csv", "a table of numbers, one row a line; read and written")
        .extensions({"csv"})
        .formula("numbers become float32; a first line of names is passed over")
        .shapes("array  [rows, columns]");
}

}  // namespace plexus::formats
