#include "core/schema/reference.hpp"

#include <cmath>
#include <sstream>

#include "core/schema/forms.hpp"
#include "core/schema/scalar.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

using Form = AttributeSpec::Form;

/// A number inside the range, whole, and 10 where that is possible, or the largest there is.
Value example_number(const AttributeSpec& spec) {
    double number = 10;
    if (number < spec.minimum)
        number = spec.minimum + 1;
    if (number > spec.maximum || (spec.below_maximum && number >= spec.maximum))
        number = !spec.below_maximum           ? spec.maximum
                 : std::isfinite(spec.minimum) ? (spec.minimum + spec.maximum) / 2
                                               : spec.maximum - 1;
    if (spec.form == Form::number || spec.form == Form::numbers)
        return number;
    return static_cast<std::int64_t>(std::ceil(number));
}

Value example_value(const AttributeSpec& spec) {
    switch (spec.form) {
        case Form::boolean:
            return true;
        case Form::string:
            return spec.choices.empty() ? Value("text") : Value(spec.choices.front());
        case Form::integers:
        case Form::numbers:
            return Value(Value::List{example_number(spec)});
        case Form::strings:
            return Value(Value::List{Value("name")});
        case Form::typed:
        case Form::any:
        case Form::network:
        case Form::references:
            return "...";
        default:
            return example_number(spec);
    }
}

std::string default_text(const AttributeSpec& spec) {
    if (spec.required)
        return "required";
    return spec.default_value.is_null() ? "none" : "`" + to_string(spec.default_value) + "`";
}

/// A '|' would end the cell.
std::string cell(const std::string& content) {
    std::string escaped;
    for (const char c : content) {
        if (c == '|')
            escaped += '\\';
        escaped += c == '\n' ? ' ' : c;
    }
    return escaped;
}

void indented(std::ostream& out, const std::string& lines) {
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);)
        out << "    " << line << '\n';
}

std::string inputs_text(const Schema& schema) {
    const std::size_t least = schema.minimum_inputs();
    const std::size_t most = schema.maximum_inputs();
    std::string count = most == Schema::unlimited ? text("at least ", least)
                        : least == most           ? text(least)
                                                  : text(least, " to ", most);
    for (const AttributeSpec& spec : schema.attributes())
        if (spec.replaces_input)
            count += text("; one less with `", spec.name, "`");
    return text("Inputs: ", count, ".", schema.takes_any_element() ? " Element types: any, or as it says above." : "");
}

bool is_node(Kind kind) {
    return kind == Kind::layer || kind == Kind::loss || kind == Kind::metric;
}

}  // namespace

std::string example_use(const Schema& schema) {
    Value attributes;
    for (const AttributeSpec& spec : schema.attributes())
        if (spec.required)
            attributes.set(spec.name, example_value(spec));
    if (attributes.is_null())
        return schema.type();
    return schema.type() + ": " + to_string(attributes);
}

std::string reference_page(const Schema& schema) {
    std::ostringstream out;
    out << "# " << schema.type() << "\n\n"
        << "Kind: " << to_string(schema.kind()) << ". " << schema.help() << "\n";
    if (!schema.formula().empty()) {
        out << '\n';
        indented(out, schema.formula());
    }
    if (!schema.shapes().empty()) {
        out << "\nShapes:\n\n";
        indented(out, schema.shapes());
    }
    if (is_node(schema.kind()))
        out << '\n' << inputs_text(schema) << '\n';
    if (!schema.surrogate_gradient().empty())
        out << "\nThe gradient is deliberately not that of the output, but " << schema.surrogate_gradient() << ".\n";
    if (!schema.prediction().empty())
        out << "\nFor `predict`, the network's output goes through `" << schema.prediction() << "`.\n";
    if (!schema.extensions().empty()) {
        out << "\nFiles:";
        for (const std::string& ending : schema.extensions())
            out << " ." << ending;
        out << "\n";
    }
    if (schema.attributes().empty()) {
        out << "\nNo attributes.\n";
    } else {
        out << "\n| attribute | form | default | meaning |\n|---|---|---|---|\n";
        for (const AttributeSpec& spec : schema.attributes()) {
            const std::string range = range_text(spec);
            out << "| `" << spec.name << "` | " << cell(form_text(spec)) << (range.empty() ? "" : ", " + range) << " | "
                << cell(default_text(spec)) << " | " << cell(spec.help) << " |\n";
        }
    }
    out << "\n```\n" << example_use(schema) << "\n```\n";
    return out.str();
}

}  // namespace plexus
