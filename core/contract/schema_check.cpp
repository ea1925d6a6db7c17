#include "core/contract/schema_check.hpp"

#include <cmath>
#include <optional>

#include "core/contract/example.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

using Form = AttributeSpec::Form;

class SchemaCheck {
public:
    SchemaCheck(const Schema& schema, const Types& types) : schema_(schema), types_(types) {}

    Findings run() {
        one_line("it", schema_.help());
        for (const AttributeSpec& spec : schema_.attributes()) {
            one_line("attribute '" + spec.name + "'", spec.help);
            if (spec.minimum > spec.maximum)
                found("attribute '", spec.name, "' has an empty range");
            if (!spec.default_value.is_null())
                accepted(spec, spec.default_value);
            for (const Value& value : beyond(spec))
                refused(spec, value);
            if (spec.required)
                missing(spec);
            misspelt(spec);
        }
        return std::move(findings_);
    }

private:
    template <class... Parts>
    void found(const Parts&... parts) {
        findings_.push_back({"schema", text(to_string(schema_.kind()), " ", schema_.type()), text(parts...)});
    }

    void one_line(const std::string& what, const std::string& help) {
        if (help.empty())
            found(what, " has no help");
        else if (help.find('\n') != std::string::npos || help.front() == ' ' || help.back() == ' ')
            found("the help of ", what, " is no single line: '", help, "'");
    }

    // With the other required attributes given, so that only the one in question can be at fault.
    [[nodiscard]] Value with(const AttributeSpec& spec, const std::string& name, const Value& value) const {
        Value attributes{Value::Map{}};
        for (const AttributeSpec& other : schema_.attributes())
            if (other.required && other.name != spec.name && !values_for(other, types_).empty())
                attributes.set(other.name, values_for(other, types_).front());
        attributes.set(name, value);
        return use_of(schema_.type(), attributes);
    }

    std::optional<std::string> refusal(const Value& use) {
        try {
            static_cast<void>(types_.resolve(schema_.kind(), use));
            return std::nullopt;
        } catch (const InputError& error) {
            return error.what();
        } catch (const std::exception& error) {
            found(to_string(use), " ended in what is no InputError: ", error.what());
            return std::nullopt;
        }
    }

    void accepted(const AttributeSpec& spec, const Value& value) {
        if (const auto message = refusal(with(spec, spec.name, value)))
            found("the default of '", spec.name, "' is refused when it is written out: ", *message);
    }

    void refused(const AttributeSpec& spec, const Value& value) {
        const auto message = refusal(with(spec, spec.name, value));
        if (!message)
            found("'", spec.name, "' may be ", to_string(value), ", which is not what it declares");
        else if (message->find(spec.name) == std::string::npos)
            found("the refusal of ", spec.name, ": ", to_string(value), " does not name it: ", *message);
    }

    void missing(const AttributeSpec& spec) {
        Value use = with(spec, spec.name, {});
        std::erase_if(use.find(schema_.type())->map(), [&](const Member& m) { return m.name == spec.name; });
        const auto message = refusal(use);
        if (!message || message->find(spec.name) == std::string::npos)
            found("nothing asks for '", spec.name, "', which is required");
    }

    void misspelt(const AttributeSpec& spec) {
        const std::string wrong = spec.name + "x";
        for (const AttributeSpec& other : schema_.attributes())
            if (other.name == wrong)
                return;
        const auto message = refusal(with(spec, wrong, 1));
        const std::string advice = text("did you mean '", spec.name, "'?");
        if (!message)
            found("takes '", wrong, "', which it does not declare");
        else if (message->find(advice) == std::string::npos)
            found("'", wrong, "' is not answered with \"", advice, "\" but with: ", *message);
    }

    // Just outside of each limit, in the form that the attribute has.
    static std::vector<double> outside(const AttributeSpec& spec) {
        const bool whole = spec.form == Form::integer || spec.form == Form::integers || spec.form == Form::pair;
        std::vector<double> numbers;
        if (std::isfinite(spec.minimum))
            numbers.push_back(spec.above_minimum ? spec.minimum
                              : whole            ? spec.minimum - 1
                                                 : std::nextafter(spec.minimum, -INFINITY));
        if (std::isfinite(spec.maximum))
            numbers.push_back(spec.below_maximum ? spec.maximum
                              : whole            ? spec.maximum + 1
                                                 : std::nextafter(spec.maximum, INFINITY));
        return numbers;
    }

    static std::vector<Value> beyond(const AttributeSpec& spec) {
        const Value map{Value::Map{{"a", Value(1), {}}}};
        std::vector<Value> values;
        const auto limits = [&](auto&& form) {
            for (const double number : outside(spec))
                values.push_back(form(number));
        };
        const auto whole = [](double number) { return Value(static_cast<std::int64_t>(number)); };
        switch (spec.form) {
            case Form::boolean:
                return {1, "text", map};
            case Form::integer:
                limits(whole);
                values.insert(values.end(), {Value(1.5), Value("text"), Value(true), map});
                return values;
            case Form::number:
                limits([](double number) { return Value(number); });
                values.insert(values.end(), {Value("text"), Value(true), Value(std::nan("")), Value(INFINITY), map});
                return values;
            case Form::string:
                if (!spec.choices.empty())
                    values.emplace_back(spec.choices.front() + "_other");
                values.insert(values.end(), {Value(1), Value(true), map});
                return values;
            case Form::pair:
                limits(whole);
                limits([&](double number) { return Value(Value::List{whole(number), whole(number)}); });
                values.insert(values.end(), {Value(1.5), Value(Value::List{1, 1, 1}), Value("text"), map});
                return values;
            case Form::integers:
            case Form::numbers:
                limits([&](double number) {
                    return Value(Value::List{spec.form == Form::integers ? whole(number) : Value(number)});
                });
                values.insert(values.end(), {Value(1), Value(Value::List{"text"}), map});
                return values;
            case Form::strings:
                return {1, "text", Value(Value::List{1})};
            case Form::typed:
                return {Value(Value::List{1})};
            case Form::network:
            case Form::references:
                return {1, true};
            case Form::any:
                return {};
        }
        return values;
    }

    const Schema& schema_;
    const Types& types_;
    Findings findings_;
};

}  // namespace

Findings check_schema(const Schema& schema, const Types& types) {
    return SchemaCheck{schema, types}.run();
}

}  // namespace plexus
