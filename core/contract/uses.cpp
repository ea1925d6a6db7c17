#include "core/contract/uses.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "core/contract/example.hpp"
#include "core/program/yaml.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

using Form = AttributeSpec::Form;

// The name of a file, of a column, of a thing in a file: no schema says which there are.
bool cannot_be_guessed(const AttributeSpec& spec) {
    return (spec.form == Form::string && spec.choices.empty()) || spec.form == Form::strings ||
           (spec.form == Form::any && spec.required) || spec.form == Form::network;
}

std::string in_capitals(std::string name) {
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return name;
}

class Tries {
public:
    Tries(const Schema& schema, const Types& types, const UseSettings& settings, const Try& attempt)
        : schema_(schema), types_(types), settings_(settings), attempt_(attempt) {}

    UsesTried run() {
        if (!settings_.written.empty())
            run_written();
        else if (working_attributes(schema_, types_, [this](const Value& attributes) {
                     return works(use_of(schema_.type(), attributes), written_use(schema_.type(), attributes));
                 }).empty())
            run_none();
        return std::move(tried_);
    }

private:
    bool works(const Value& use, const std::string& written) {
        if (!tried_.findings.empty())
            return true;  // one that fails is enough
        if (settings_.trying)
            settings_.trying(written);
        try {
            tried_.findings = attempt_(types_.resolve(schema_.kind(), use), written);
        } catch (const InputError& error) {
            refusal_ = error.what();
            return false;
        } catch (const std::exception& error) {
            tried_.findings.push_back(
                {std::string(to_string(schema_.kind())), written, text("not refused but failed: ", error.what())});
        }
        return true;
    }

    void run_written() {
        Value use = schema_.type();
        try {
            // Blanks for the type, so that columns are those of what was written.
            const std::size_t type = schema_.type().size();
            if (settings_.written.size() > type)
                use =
                    use_of(schema_.type(), read_yaml(std::string(type, ' ') + settings_.written.substr(type), "case"));
        } catch (const InputError& error) {
            refusal_ = error.what();
        }
        if (!refusal_.empty() || !works(use, settings_.written))
            tried_.findings.push_back({"examples", settings_.written, "is refused: " + refusal_});
    }

    void run_none() {
        if (schema_.kind() == Kind::dataset || std::ranges::any_of(schema_.attributes(), cannot_be_guessed))
            tried_.refusal = refusal_.empty() ? "nothing" : refusal_;
        else
            tried_.findings.push_back(
                {"examples", schema_.type(), "no attributes were found that it takes; it said " + refusal_});
    }

    const Schema& schema_;
    const Types& types_;
    const UseSettings& settings_;
    const Try& attempt_;
    UsesTried tried_;
    std::string refusal_;  // the last
};

}  // namespace

std::string written_use(const std::string& type, const Value& attributes) {
    return attributes.is_null() || attributes.map().empty() ? type : text(type, " ", to_string(attributes));
}

std::string use_to_fill_in(const Schema& schema, const Types& types) {
    Value attributes{Value::Map{}};
    const auto fill_in = [&](const AttributeSpec& spec) {
        if (cannot_be_guessed(spec) || values_for(spec, types).empty())
            attributes.set(spec.name, in_capitals(spec.name));
        else
            attributes.set(spec.name, values_for(spec, types).front());
    };
    for (const AttributeSpec& spec : schema.attributes())
        if (spec.required)
            fill_in(spec);
    // Where nothing is required, some text has a default that is none here.
    for (const AttributeSpec& spec : schema.attributes())
        if (attributes.map().empty() && cannot_be_guessed(spec))
            fill_in(spec);
    return written_use(schema.type(), attributes);
}

UsesTried try_uses(const Schema& schema, const Types& types, const UseSettings& settings, const Try& attempt) {
    return Tries{schema, types, settings, attempt}.run();
}

}  // namespace plexus
