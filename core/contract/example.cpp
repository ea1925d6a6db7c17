#include "core/contract/example.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/contract/trial.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

using Form = AttributeSpec::Form;

bool within(const AttributeSpec& spec, double number) {
    const bool low = spec.above_minimum ? number <= spec.minimum : number < spec.minimum;
    const bool high = spec.below_maximum ? number >= spec.maximum : number > spec.maximum;
    return !low && !high;
}

// Of the candidates those within the range, then the range's own ends, where they are within it and no huge ones.
template <class T>
std::vector<Value> in_range(const AttributeSpec& spec, std::initializer_list<T> candidates) {
    constexpr double largest = 4096;
    std::vector<Value> values;
    for (const T candidate : candidates)
        if (within(spec, static_cast<double>(candidate)))
            values.emplace_back(candidate);
    for (const double end : {spec.minimum, spec.maximum})
        if (std::abs(end) <= largest && within(spec, end) &&
            std::ranges::find(values, Value(static_cast<T>(end))) == values.end())
            values.emplace_back(static_cast<T>(end));
    if (values.empty())
        values.emplace_back(static_cast<T>(std::isfinite(spec.minimum) ? spec.minimum + 1 : spec.maximum - 1));
    return values;
}

Value list_of(std::initializer_list<Value> items) {
    return Value(Value::List(items));
}

std::vector<Value> lists(const AttributeSpec& spec, std::initializer_list<Value> candidates) {
    std::vector<Value> values;
    for (const Value& list : candidates)
        if (std::ranges::all_of(list.list(), [&](const Value& item) { return within(spec, item.number()); }))
            values.push_back(list);
    return values;
}

Value duration(const char* unit, Value amount) {
    Value value;
    value.set(unit, std::move(amount));
    return value;
}

// One level deep: a type in an attribute is written with what it requires and nothing else.
std::vector<Value> typed_values(const AttributeSpec& spec, const Types& types) {
    constexpr std::size_t enough = 3;
    std::vector<Value> values;
    if (!spec.shorthand.empty())
        values.emplace_back(0.05);
    for (const Schema* schema : types.all(spec.kind)) {
        Value attributes{Value::Map{}};
        for (const AttributeSpec& inner : schema->attributes())
            if (inner.required && inner.form != Form::typed && !values_for(inner, types).empty())
                attributes.set(inner.name, values_for(inner, types).front());
        try {
            static_cast<void>(types.resolve(spec.kind, use_of(schema->type(), attributes)));
            values.push_back(use_of(schema->type(), attributes));
        } catch (const InputError&) {
            continue;  // wants a form of its own
        }
        if (values.size() == enough)
            break;
    }
    return values;
}

// Every way to give what is required, from the first values of each attribute on.
std::vector<Value> required_ways(const Schema& schema, const Types& types) {
    constexpr std::size_t enough = 64;
    std::vector<Value> ways{Value{Value::Map{}}};
    for (const AttributeSpec& spec : schema.attributes()) {
        if (!spec.required)
            continue;
        std::vector<Value> longer;
        for (const Value& value : values_for(spec, types))
            for (const Value& way : ways)
                if (longer.size() < enough) {
                    longer.push_back(way);
                    longer.back().set(spec.name, value);
                }
        ways = std::move(longer);
    }
    return ways;
}

const std::vector<std::vector<TensorType>>& input_lists() {
    using enum Element;
    static const std::vector<std::vector<TensorType>> lists{
        {{{8, 8, 3}, float32}},
        {{{5, 7, 4}, float32}},
        {{{6}, float32}},
        {{{5, 3}, float32}},
        {{{320}, float32}},
        {{{8, 8, 3}, uint8}},
        {{{6}, int32}},
        {{{6}, float32}, {{6}, float32}},
        {{{4, 5, 3}, float32}, {{4, 5, 3}, float32}},
        {{{4, 5, 3}, float32}, {{4, 5, 2}, float32}, {{4, 5, 1}, float32}},
        {{{6}, float32}, {{6}, float32}, {{6}, float32}},
        {{{6}, float32}, {{}, int32}},
        {{{4, 6}, float32}, {{4}, int32}},
        {{{1}, float32}, {{1}, float32}},
        {{{}, float32}},
    };
    return lists;
}

// For types that take none of the usual ones: larger and rounder sizes, more dimensions, as many inputs as it wants.
std::vector<std::vector<TensorType>> further_input_lists(const Schema& schema) {
    using enum Element;
    std::vector<std::vector<TensorType>> lists;
    for (const Element element : {float32, int32})
        for (const Shape& shape : {Shape{}, Shape{1}, Shape{2}, Shape{16}, Shape{784}, Shape{10, 16}, Shape{6, 6},
                                   Shape{28, 28, 1}, Shape{32, 32, 16}, Shape{4, 6, 6, 2}})
            lists.emplace_back(std::max<std::size_t>(schema.minimum_inputs(), 1), TensorType{shape, element});
    // Two that differ: rows and one number of each, planes and one of each channel, pixels and their classes.
    lists.insert(lists.end(), {{{{6, 4}, float32}, {{}, int32}},
                               {{{6, 6, 4}, float32}, {{4}, float32}},
                               {{{4}, float32}, {{4}, float32}},
                               {{{4, 5, 3}, float32}, {{4, 5}, int32}},
                               {{{10}, float32}, {{}, int32}},
                               {{{320}, float32}, {{}, int32}}});
    return lists;
}

}  // namespace

std::vector<Value> values_for(const AttributeSpec& spec, const Types& types) {
    switch (spec.form) {
        case Form::boolean:
            return {true, false};
        case Form::integer:
            return in_range<std::int64_t>(spec, {3, 1, 320, -1});
        case Form::number:
            return in_range(spec, {0.5, 0.125, 2.0, 0.0});
        case Form::string:
            return spec.choices.empty() ? std::vector<Value>{"text"}
                                        : std::vector<Value>(spec.choices.begin(), spec.choices.end());
        case Form::pair: {
            auto values = in_range<std::int64_t>(spec, {3, 1});
            for (const Value& both : lists(spec, {list_of({2, 1})}))
                values.push_back(both);
            return values;
        }
        case Form::integers:
            return lists(spec, {list_of({-1}), list_of({6}), list_of({2, 3}), list_of({2, 1}), list_of({32, 32, 3})});
        case Form::numbers:
            return lists(spec, {list_of({0.5}), list_of({0.25, 0.75}), list_of({0.25, 0.5, 0.75})});
        case Form::strings:
            return {list_of({"first", "second"})};
        case Form::typed:
            return typed_values(spec, types);
        case Form::any:
            return {"same",
                    1,
                    0.25,
                    list_of({1, 2}),
                    list_of({list_of({1, 0}), list_of({0, 1})}),
                    duration("step", 2),
                    duration("epoch", 1),
                    duration("fraction", 0.5)};
    }
    return {};
}

Value use_of(const std::string& type, const Value& attributes) {
    if (attributes.is_null() || attributes.map().empty())
        return type;
    Value use;
    use.set(type, attributes);
    return use;
}

std::vector<Value> working_attributes(const Schema& schema, const Types& types,
                                      const std::function<bool(const Value&)>& works) {
    std::vector<Value> working;
    const auto try_further = [&](const Value& from) {
        for (const AttributeSpec& spec : schema.attributes()) {
            if (spec.required || spec.expands)
                continue;
            std::size_t further = 0;
            for (const Value& value : values_for(spec, types)) {
                // How a parameter begins is no concern of what is done with it: one initializer is enough.
                if (value == spec.default_value || (spec.kind == Kind::initializer && further > 0))
                    continue;
                Value varied = from;
                varied.set(spec.name, value);
                if (works(varied)) {
                    working.push_back(std::move(varied));
                    ++further;
                }
            }
        }
    };
    const std::vector<Value> ways = required_ways(schema, types);
    constexpr std::size_t enough = 12;
    for (const Value& way : ways)
        if (working.size() < enough && works(way))
            working.push_back(way);
    if (!working.empty()) {
        try_further(Value{working.front()});
        return working;
    }
    // One of several attributes may be wanted, whichever.
    for (const Value& way : ways)
        if (working.empty())
            try_further(way);
    return working;
}

std::string to_string(const Example& example) {
    std::string written = text(example.type, example.attributes.empty() ? "" : " ", example.attributes, " on");
    for (const TensorType& type : example.inputs)
        written += text(" ", to_string(type.element), " ", type.shape);
    return written + (example.domain == Domain::unit ? std::string{unit_numbers} : "");
}

std::vector<Example> examples_of(const Environment& environment, const Schema& schema, Findings& findings,
                                 const std::function<void(const Example&)>& trying) {
    std::vector<Example> examples;
    std::set<std::string> refusals;
    std::vector<std::vector<TensorType>> lists = input_lists();
    const auto works = [&](const Value& attributes) {
        const std::size_t before = examples.size();
        const bool none = attributes.map().empty();
        for (const auto& inputs : lists) {
            if (inputs.size() < schema.minimum_inputs() || inputs.size() > schema.maximum_inputs())
                continue;
            Example example{&environment, schema.kind(), schema.type(), none ? "" : to_string(attributes), inputs};
            std::vector<TensorType> batch;
            for (const TensorType& sample : inputs)
                batch.push_back({sample.shape.batch(5), sample.element});
            if (trying)
                trying(example);
            try {
                const Trial layer(environment, schema.kind(), schema.type(), example.attributes, batch, {.threads = 1});
                examples.push_back(std::move(example));
            } catch (const InputError& refusal) {
                refusals.insert(refusal.what());
            } catch (const std::exception& fault) {
                findings.push_back({"planning", to_string(example), text("not refused but failed: ", fault.what())});
            }
        }
        return examples.size() > before;
    };
    if (!working_attributes(schema, environment.types(), works).empty())
        return examples;
    lists = further_input_lists(schema);
    if (!working_attributes(schema, environment.types(), works).empty())
        return examples;
    std::string why;
    for (const std::string& refusal : refusals)
        why += "\n    " + refusal;
    findings.push_back(
        {"examples", schema.type(),
         text("no inputs and attributes were found that it takes; if there are, name some with --case '", schema.type(),
              schema.minimum_inputs() > 1 ? " on float32 [6, 4] int32 []" : " on float32 [6]", "'. It said", why)});
    return examples;
}

}  // namespace plexus
