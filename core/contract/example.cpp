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
    // Which of them will do nobody knows; where a few will not, there is often another value: the default.
    const std::size_t enough = spec.required ? types.all(spec.kind).size() : 3;
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
        {},
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

// What flags and choices may be beside their default.
std::vector<Value> away_from_default(const AttributeSpec& spec, const Types& types) {
    if (spec.required || spec.expands || (spec.form != Form::boolean && spec.choices.empty()))
        return {};
    std::vector<Value> values = values_for(spec, types);
    std::erase(values, spec.default_value);
    return values;
}

// All flags and choices at once, which has each two of them together unless a third hides it; then two at a time.
std::vector<Value> combinations(const Schema& schema, const Types& types) {
    Value all{Value::Map{}};
    std::vector<Value> combined;
    const auto& specs = schema.attributes();
    for (std::size_t i = 0; i < specs.size(); ++i)
        for (const Value& value : away_from_default(specs[i], types)) {
            if (all.find(specs[i].name) == nullptr)
                all.set(specs[i].name, value);
            for (std::size_t k = i + 1; k < specs.size(); ++k)
                for (const Value& other : away_from_default(specs[k], types)) {
                    Value two{Value::Map{}};
                    two.set(specs[i].name, value);
                    two.set(specs[k].name, other);
                    combined.push_back(std::move(two));
                }
        }
    if (all.map().size() > 2)
        combined.insert(combined.begin(), std::move(all));
    return combined;
}

// Whole numbers between those of values_for().
std::vector<Value> in_between(const AttributeSpec& spec, const Types& types) {
    if (spec.form != Form::integer && spec.form != Form::pair)
        return {};
    std::vector<Value> values;
    constexpr double few = 12;
    auto usual = values_for(spec, types);
    std::vector<std::int64_t> numbers{2, 4};
    if (spec.form == Form::integer && spec.maximum - spec.minimum <= few)  // an order, a case of several: each of them
        for (auto number = static_cast<std::int64_t>(std::ceil(spec.minimum));
             number <= static_cast<std::int64_t>(spec.maximum); ++number)
            numbers.push_back(number);
    for (const std::int64_t number : numbers)
        if (const Value value(number); within(spec, static_cast<double>(number)) && value != spec.default_value &&
                                       std::ranges::find(usual, value) == usual.end())
            values.push_back(usual.emplace_back(value));
    return values;
}

Value with(Value attributes, const Value& further) {
    for (const Member& member : further.map())
        attributes.set(member.name, member.value);
    return attributes;
}

// Shapes taken out: what is left of two refusals is equal if only these differ.
std::string without_shapes(const std::string& text) {
    std::string rest;
    bool inside = false;
    for (const char c : text) {
        inside = (inside || c == '[') && c != ']';
        if (!inside)
            rest += c;
    }
    return rest;
}

// The first of those that differ in more than shapes, a line each.
std::string some_of(const std::vector<std::string>& refusals) {
    constexpr std::size_t enough = 5;
    std::set<std::string> seen;
    std::string lines;
    for (const std::string& refusal : refusals)
        if (seen.insert(without_shapes(refusal)).second && seen.size() <= enough)
            lines += "\n    " + refusal;
    if (seen.size() > enough)
        lines += text("\n    and ", seen.size() - enough, " more");
    return lines;
}

// Plans uses of a type, and keeps those that can be planned.
class Search {
public:
    Search(const Environment& environment, const Schema& schema, Findings& findings,
           const std::function<void(const Example&)>& trying)
        : environment_(environment), schema_(schema), findings_(findings), trying_(trying) {}

    // What works with attributes that work is kept on the way.
    bool find_in(const std::vector<std::vector<TensorType>>& lists) {
        const auto works = [&](const Value& attributes) { return try_lists(attributes, lists, lists.size()) > 0; };
        const auto works_once = [&](const Value& attributes) { return try_lists(attributes, lists, 1) > 0; };
        const std::vector<Value> working = working_attributes(schema_, environment_.types(), works);
        if (!working.empty())
            try_combinations(schema_, environment_.types(), working, works_once);
        return !working.empty();
    }

    std::vector<Example> take_examples() { return std::move(examples_); }
    [[nodiscard]] const std::vector<std::string>& refusals() const noexcept { return refusals_; }

private:
    std::size_t try_lists(const Value& attributes, const std::vector<std::vector<TensorType>>& lists,
                          std::size_t enough) {
        const std::string written = attributes.map().empty() ? "" : to_string(attributes);
        const std::size_t replaced = schema_.replaced_inputs(attributes);
        std::size_t planned = 0;
        for (const auto& inputs : lists)
            if (planned < enough && inputs.size() + replaced >= schema_.minimum_inputs() &&
                inputs.size() + replaced <= schema_.maximum_inputs())
                planned += plan({&environment_, schema_.kind(), schema_.type(), written, inputs}) ? 1 : 0;
        return planned;
    }

    bool plan(Example example) {
        std::vector<TensorType> batch;
        for (const TensorType& sample : example.inputs)
            batch.push_back({sample.shape.batch(5), sample.element});
        if (trying_)
            trying_(example);
        try {
            const Trial layer(environment_, example.kind, example.type, example.attributes, batch, {.threads = 1});
            examples_.push_back(std::move(example));
            return true;
        } catch (const InputError& refusal) {
            refusals_.push_back(without_places(refusal.what()));
        } catch (const std::exception& fault) {
            findings_.push_back(
                {"planning", to_string(example), text("not refused but failed: ", without_places(fault.what()))});
        }
        return false;
    }

    const Environment& environment_;
    const Schema& schema_;
    Findings& findings_;
    const std::function<void(const Example&)>& trying_;
    std::vector<Example> examples_;
    std::vector<std::string> refusals_;  // in the order in which they were said
};

}  // namespace

std::vector<Value> values_for(const AttributeSpec& spec, const Types& types) {
    switch (spec.form) {
        case Form::boolean:
            return {true, false};
        case Form::integer:
            return in_range<std::int64_t>(spec, {3, 1, 320, -1});
        case Form::number:
            return in_range(spec, {0.5, 0.125, 2.0, 0.0, -1.5});
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
        case Form::network:
        case Form::references:
            return {};  // of nodes that there are, none is for a guess
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

void try_combinations(const Schema& schema, const Types& types, const std::vector<Value>& working,
                      const std::function<bool(const Value&)>& works) {
    constexpr int enough_combinations = 8, enough_ways = 4;
    for (int found = 0; const Value& combination : combinations(schema, types))
        if (found < enough_combinations && works(with(working.front(), combination)))
            ++found;
    // A number that does not go with the first way may with another: groups that divide the filters.
    for (const AttributeSpec& spec : schema.attributes())
        for (const Value& value : spec.expands ? std::vector<Value>{} : in_between(spec, types)) {
            Value further{Value::Map{}};
            further.set(spec.name, value);
            for (int tried = 0; const Value& way : working)
                if (tried++ == enough_ways || works(with(way, further)))
                    break;
        }
}

std::string to_string(const Example& example) {
    std::string written = text(example.type, example.attributes.empty() ? "" : " ", example.attributes, " on");
    for (const TensorType& type : example.inputs)
        written += text(" ", to_string(type.element), " ", type.shape);
    if (example.inputs.empty())
        written += no_inputs;
    return written + std::string{example.domain == Domain::unit      ? unit_numbers
                                 : example.domain == Domain::counted ? counted_numbers
                                                                     : ""};
}

std::string without_places(std::string text) {
    constexpr std::string_view origin = "test:";  // of what a trial reads
    for (std::size_t at = text.find(origin); at != std::string::npos; at = text.find(origin, at)) {
        std::size_t end = at + origin.size();
        for (int colons = 0; end < text.size() && colons < 2; ++end)
            if (text[end] == ':')
                ++colons;
            else if (text[end] < '0' || text[end] > '9')
                break;
        if (end > at + origin.size() && text[end - 1] == ':' && text.substr(end, 1) == " ")
            text.erase(at, end + 1 - at);
        else
            at += origin.size();
    }
    return text;
}

std::vector<Example> examples_of(const Environment& environment, const Schema& schema, Findings& findings,
                                 const std::function<void(const Example&)>& trying) {
    Search search(environment, schema, findings, trying);
    if (search.find_in(input_lists()) || search.find_in(further_input_lists(schema)))
        return search.take_examples();
    findings.push_back(
        {"examples", schema.type(),
         text("no inputs and attributes were found that it takes; if there are, name some with --case '", schema.type(),
              schema.minimum_inputs() > 1 ? " on float32 [6, 4] int32 []" : " on float32 [6]", "'. It said",
              some_of(search.refusals()))});
    return {};
}

}  // namespace plexus
