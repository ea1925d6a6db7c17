// What a user wrote against what a type declared: every message about an attribute is made here.
#include <algorithm>
#include <cmath>

#include "core/diagnostic/nearest.hpp"
#include "core/schema/forms.hpp"
#include "core/schema/scalar.hpp"
#include "plexus/schema.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

using Form = AttributeSpec::Form;

/// One attribute of one use. `use` is where the type's name stands, for what has no place of its own.
struct Check {
    const std::string& type;
    const AttributeSpec& spec;
    const Position& use;

    [[nodiscard]] InputError error(const Value& at, const std::string& message) const {
        return {at.position.known() ? at.position : use, text(type, " '", spec.name, "' ", message)};
    }

    [[nodiscard]] InputError wrong_form(const Value& written) const {
        return error(written, written.is_null() ? text("has no value; it must be ", form_text(spec))
                                                : text("must be ", form_text(spec), ", not ", describe(written)));
    }

    void in_range(const Value& item, const char* is, const char* must) const {
        const double number = item.number();
        if (!std::isfinite(number))
            throw error(item, text(is, write_scalar(item), "; it must be a finite number"));
        const bool low = spec.above_minimum ? number <= spec.minimum : number < spec.minimum;
        const bool high = spec.below_maximum ? number >= spec.maximum : number > spec.maximum;
        if (low || high)
            throw error(item, text(is, write_scalar(item), "; ", must, range_text(spec)));
    }

    void number(const Value& written, bool whole) const {
        if (whole ? !written.is_integer() : !written.is_number())
            throw wrong_form(written);
        in_range(written, "is ", "it must be ");
    }

    void list(const Value& written, Form item_form) const {
        if (!written.is_list())
            throw wrong_form(written);
        for (const Value& item : written.list()) {
            const bool fits = item_form == Form::integer  ? item.is_integer()
                              : item_form == Form::number ? item.is_number()
                                                          : item.is_string();
            if (!fits)
                throw error(item, text("must be ", form_text(spec), "; ", describe(item), " in it is none"));
            if (item_form != Form::string)
                in_range(item, "holds ", "each must be ");
        }
    }

    void network(const Value& written) const {
        const bool is_node = written.is_string() || (written.is_map() && !written.map().empty());
        if (!is_node && (!written.is_list() || written.list().empty()))
            throw wrong_form(written);
    }

    void references(const Value& written) const {
        if (written.is_map()) {
            for (const Member& member : written.map())
                if (!member.value.is_string())
                    throw error(member.value,
                                text("must be ", form_text(spec), "; '", member.name, "' is ", describe(member.value)));
        } else if (!written.is_string()) {
            throw wrong_form(written);
        }
    }

    void choice(const Value& written) const {
        if (!written.is_string())
            throw wrong_form(written);
        const std::vector<std::string>& names = spec.choices;
        if (names.empty() || std::find(names.begin(), names.end(), written.string()) != names.end())
            return;
        const std::string near = nearest(written.string(), names);
        throw error(written, near.empty() ? text("is '", written.string(), "'; it must be ", alternatives(names))
                                          : text("is '", written.string(), "'; did you mean '", near, "'?"));
    }

    void operator()(const Value& written) const {
        switch (spec.form) {
            case Form::boolean:
                if (!written.is_bool())
                    throw wrong_form(written);
                return;
            case Form::integer:
                return number(written, true);
            case Form::number:
                return number(written, false);
            case Form::string:
                return choice(written);
            case Form::pair:
                if (written.is_integer())
                    return number(written, true);
                if (!written.is_list() || written.list().size() != 2)
                    throw wrong_form(written);
                return list(written, Form::integer);
            case Form::integers:
                return list(written, Form::integer);
            case Form::numbers:
                return list(written, Form::number);
            case Form::strings:
                return list(written, Form::string);
            case Form::network:
                return network(written);
            case Form::references:
                return references(written);
            case Form::typed:
            case Form::any:
                return;
        }
    }
};

/// `0.1` -> {constant: {value: 0.1}}
Value spelled_out(const AttributeSpec& spec, const Value& written) {
    if (spec.shorthand.empty() || !written.is_number())
        return written;
    Value attributes;
    attributes.position = written.position;
    attributes.set("value", written);
    Value use;
    use.position = written.position;
    use.set(spec.shorthand, std::move(attributes));
    return use;
}

/// As it stands in an effective program: `type` alone, or with all of its attributes.
Value written_out(const TypedValue& value) {
    Value whole;
    if (value.attributes.values().is_map() && !value.attributes.values().map().empty())
        whole.set(value.type, value.attributes.values());
    else
        whole = value.type;
    whole.position = value.position;
    return whole;
}

void refuse_unknown(const Schema& schema, const Value& written, std::span<const std::string_view> reserved) {
    const auto is_known = [&](const std::string& name) {
        const auto& all = schema.attributes();
        return std::find(reserved.begin(), reserved.end(), name) != reserved.end() ||
               std::any_of(all.begin(), all.end(), [&](const AttributeSpec& spec) { return spec.name == name; });
    };
    for (const Member& member : written.map()) {
        if (is_known(member.name))
            continue;
        std::vector<std::string> names;
        for (const AttributeSpec& spec : schema.attributes())
            names.push_back(spec.name);
        const std::size_t own = names.size();
        names.insert(names.end(), reserved.begin(), reserved.end());
        std::string rest = suggestion(member.name, names, own == 0 ? "it has none besides" : "it has");
        throw InputError(member.position, text(schema.type(), " has no attribute '", member.name, "'", rest));
    }
}

}  // namespace

Attributes Schema::validate(const Value& written, const Position& use, std::span<const std::string_view> reserved,
                            Resolve resolve, const void* registry) const {
    if (!written.is_null()) {
        if (!written.is_map())
            throw InputError(
                written.position.known() ? written.position : use,
                text("the attributes of '", type_, "' are written as {name: value}, not ", describe(written)));
        refuse_unknown(*this, written, reserved);
    }
    Value::Map values;
    values.reserve(attributes_.size());
    std::vector<std::pair<std::string, TypedValue>> typed;
    for (const AttributeSpec& spec : attributes_) {
        const Value* given = written.find(spec.name);
        const bool is_optional = !spec.required && spec.default_value.is_null();
        if (given == nullptr && spec.required)
            throw InputError(use, text(type_, " wants '", spec.name, "', ", form_text(spec), ": ", spec.help));
        // `activation: null` says what leaving it out says.
        if (is_optional && (given == nullptr || given->is_null()))
            continue;
        const Value& value = given != nullptr ? *given : spec.default_value;
        const Check check{type_, spec, use};
        check(value);
        Value effective = value;
        if (spec.form == Form::typed) {
            Value use_of_type = spelled_out(spec, value);
            if (use_of_type.is_null() || use_of_type.is_list() || (!use_of_type.is_map() && !use_of_type.is_string()))
                throw check.wrong_form(value);
            if (!use_of_type.position.known())
                use_of_type.position = use;
            typed.emplace_back(spec.name, resolve(registry, spec.kind, use_of_type));
            effective = written_out(typed.back().second);
        }
        const Position place = effective.position;
        values.push_back({spec.name, std::move(effective), place});
    }
    Value all(std::move(values));
    all.position = written.position;
    return {std::move(all), std::move(typed), use};
}

}  // namespace plexus
