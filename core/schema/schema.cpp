#include "plexus/schema.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "plexus/text.hpp"

namespace plexus {

using Form = AttributeSpec::Form;

namespace {

constexpr std::array<std::string_view, 9> kind_names{"layer",       "loss",     "metric", "optimizer", "schedule",
                                                     "initializer", "data set", "format", "model"};

/// The double whose shortest decimal is that of the float: 0.1f is declared as 0.1, not as 0.10000000149011612.
double as_written(float value) {
    std::array<char, 32> buffer{};
    const char* const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    double number = value;
    std::from_chars(buffer.data(), end, number);
    return number;
}

AttributeSpec declare(std::string name, Form form, Value default_value, std::string help) {
    AttributeSpec spec;
    spec.name = std::move(name);
    spec.form = form;
    spec.default_value = std::move(default_value);
    spec.help = std::move(help);
    return spec;
}

void prefix_type(Value& value, const std::string& prefix) {
    if (value.is_string() && !value.string().empty())
        value = prefix + value.string();
    else if (value.is_map())
        for (Member& member : value.map())
            member.name = prefix + member.name;
}

}  // namespace

std::string_view to_string(Kind kind) noexcept {
    return kind_names[static_cast<std::size_t>(kind)];
}

Schema::Schema(Kind kind, std::string type, std::string help)
    : kind_(kind), type_(std::move(type)), help_(std::move(help)) {}

Schema& Schema::add(AttributeSpec spec) {
    for (const AttributeSpec& other : attributes_)
        if (other.name == spec.name)
            throw RunError(text("the plugin declares attribute '", spec.name, "' of ", type_, " twice"));
    attributes_.push_back(std::move(spec));
    return *this;
}

Schema& Schema::attribute(std::string name, bool default_value, std::string help) {
    return add(declare(std::move(name), Form::boolean, default_value, std::move(help)));
}
Schema& Schema::attribute(std::string name, int default_value, std::string help) {
    return add(declare(std::move(name), Form::integer, default_value, std::move(help)));
}
Schema& Schema::attribute(std::string name, double default_value, std::string help) {
    return add(declare(std::move(name), Form::number, default_value, std::move(help)));
}
Schema& Schema::attribute(std::string name, float default_value, std::string help) {
    return attribute(std::move(name), as_written(default_value), std::move(help));
}
Schema& Schema::attribute(std::string name, const char* default_value, std::string help) {
    return add(declare(std::move(name), Form::string, default_value, std::move(help)));
}

Schema& Schema::required(std::string name, Form form, std::string help) {
    add(declare(std::move(name), form, {}, std::move(help)));
    attributes_.back().required = true;
    return *this;
}
Schema& Schema::optional(std::string name, Form form, std::string help) {
    return add(declare(std::move(name), form, {}, std::move(help)));
}
Schema& Schema::pair(std::string name, int default_value, std::string help) {
    return add(declare(std::move(name), Form::pair, default_value, std::move(help)));
}
Schema& Schema::typed(std::string name, Kind kind, std::string default_type, std::string help) {
    Value default_value = default_type.empty() ? Value() : Value(std::move(default_type));
    return typed_or_number(std::move(name), kind, {}, std::move(default_value), std::move(help));
}
Schema& Schema::typed_or_number(std::string name, Kind kind, std::string shorthand, Value default_value,
                                std::string help) {
    add(declare(std::move(name), Form::typed, std::move(default_value), std::move(help)));
    attributes_.back().kind = kind;
    attributes_.back().shorthand = std::move(shorthand);
    return *this;
}
Schema& Schema::any(std::string name, Value default_value, std::string help) {
    return add(declare(std::move(name), Form::any, std::move(default_value), std::move(help)));
}
Schema& Schema::activation() {
    typed("activation", Kind::layer, {}, "a layer that follows this one; nothing: none");
    attributes_.back().expands = true;
    return *this;
}

Schema& Schema::range(double minimum, double maximum) {
    at_least(minimum);
    attributes_.back().maximum = maximum;
    return *this;
}
Schema& Schema::at_least(double minimum) {
    attributes_.back().minimum = minimum;
    return *this;
}
Schema& Schema::above(double minimum) {
    attributes_.back().above_minimum = true;
    return at_least(minimum);
}
Schema& Schema::below(double maximum) {
    attributes_.back().maximum = maximum;
    attributes_.back().below_maximum = true;
    return *this;
}
Schema& Schema::choices(std::vector<std::string> names) {
    attributes_.back().choices = std::move(names);
    return *this;
}
Schema& Schema::replaces_input() {
    attributes_.back().replaces_input = true;
    return *this;
}

Schema& Schema::inputs(std::size_t minimum, std::size_t maximum) {
    minimum_inputs_ = minimum;
    maximum_inputs_ = maximum;
    return *this;
}
Schema& Schema::any_element() {
    any_element_ = true;
    return *this;
}
Schema& Schema::surrogate_gradient(std::string gradient) {
    surrogate_gradient_ = std::move(gradient);
    return *this;
}

Schema& Schema::formula(std::string text) {
    formula_ = std::move(text);
    return *this;
}
Schema& Schema::shapes(std::string text) {
    shapes_ = std::move(text);
    return *this;
}
Schema& Schema::prediction(std::string layer_type) {
    prediction_ = std::move(layer_type);
    return *this;
}
Schema& Schema::extensions(std::vector<std::string> endings) {
    extensions_ = std::move(endings);
    return *this;
}

std::size_t Schema::replaced_inputs(const Value& attributes) const noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(attributes_, [&](const AttributeSpec& spec) {
        return spec.replaces_input && attributes.find(spec.name) != nullptr;
    }));
}

void Schema::rename(const std::string& prefix) {
    type_ = prefix + type_;
    if (!prediction_.empty())
        prediction_ = prefix + prediction_;
    for (AttributeSpec& spec : attributes_) {
        if (spec.form != AttributeSpec::Form::typed)
            continue;
        prefix_type(spec.default_value, prefix);
        if (!spec.shorthand.empty())
            spec.shorthand = prefix + spec.shorthand;
    }
}

}  // namespace plexus
