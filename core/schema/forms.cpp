#include "core/schema/forms.hpp"

#include <cmath>

#include "core/diagnostic/nearest.hpp"
#include "core/schema/scalar.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

/// A limit of a range is a double also where it bounds whole numbers.
std::string limit(double value) {
    const bool is_whole = value == std::floor(value) && std::abs(value) < 1e15;
    return is_whole ? std::to_string(static_cast<std::int64_t>(value)) : write_number(value);
}

std::string article(std::string_view noun) {
    return std::string(std::string_view("aeiou").find(noun.front()) == std::string_view::npos ? "a " : "an ") +
           std::string(noun);
}

}  // namespace

std::string form_text(const AttributeSpec& spec) {
    switch (spec.form) {
        case AttributeSpec::Form::boolean:
            return "true or false";
        case AttributeSpec::Form::integer:
            return "a whole number";
        case AttributeSpec::Form::number:
            return "a number";
        case AttributeSpec::Form::string:
            return spec.choices.empty() ? "text" : alternatives(spec.choices);
        case AttributeSpec::Form::pair:
            return "one whole number or a pair of them";
        case AttributeSpec::Form::integers:
            return "a list of whole numbers";
        case AttributeSpec::Form::numbers:
            return "a list of numbers";
        case AttributeSpec::Form::strings:
            return "a list of names";
        case AttributeSpec::Form::typed:
            return article(to_string(spec.kind)) + (spec.shorthand.empty() ? "" : " or a number");
        case AttributeSpec::Form::any:
            return "a value of its own form";
        case AttributeSpec::Form::network:
            return "a node or a list of nodes";
        case AttributeSpec::Form::references:
            return "a node's name or a map of such names";
    }
    return {};
}

std::string range_text(const AttributeSpec& spec) {
    std::string words;
    if (std::isfinite(spec.minimum))
        words = text(spec.above_minimum ? "above " : "at least ", limit(spec.minimum));
    if (std::isfinite(spec.maximum))
        words += text(words.empty() ? "" : " and ", spec.below_maximum ? "below " : "at most ", limit(spec.maximum));
    return words;
}

}  // namespace plexus
