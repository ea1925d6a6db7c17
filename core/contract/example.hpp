// Uses of a type that nobody wrote: attributes made from its schema, and the inputs that it takes with them.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/contract/finding.hpp"
#include "core/plugin/types.hpp"
#include "plexus/environment.hpp"

namespace plexus {

/// Values of one attribute that lie within what it declares, the plainest first.
std::vector<Value> values_for(const AttributeSpec& spec, const Types& types);

/// `name` or `{name: {attributes}}`.
Value use_of(const std::string& type, const Value& attributes);

/// Attribute maps with which the type works: what is required alone, in several ways, then the first of these with one
/// further attribute written out at a time. Empty if none works.
std::vector<Value> working_attributes(const Schema& schema, const Types& types,
                                      const std::function<bool(const Value& attributes)>& works);

/// Further ones, for faults that no attribute has by itself or at an end of its range: flags and choices that are away
/// from their defaults together, whole numbers in between. `working` is what the above found; `works` decides again.
void try_combinations(const Schema& schema, const Types& types, const std::vector<Value>& working,
                      const std::function<bool(const Value& attributes)>& works);

/// What numbers an example's float inputs hold: normal ones, or for what is not finite there (a logarithm, a loss of
/// probabilities) numbers between 0 and 1. Whole numbers begin with 0, or with 1 where 0 is refused (a length).
enum class Domain : std::uint8_t { normal, unit, counted };

/// A layer, loss or metric with attributes and inputs with which it can be planned.
struct Example {
    const Environment* environment = nullptr;
    Kind kind = Kind::layer;
    std::string type;
    std::string attributes;          ///< in YAML's flow style
    std::vector<TensorType> inputs;  ///< of one sample
    Domain domain = Domain::normal;
};

/// "swish {beta: 2} on float32 [6]", and what it ends with where its numbers are between 0 and 1.
std::string to_string(const Example& example);
inline constexpr std::string_view unit_numbers = ", numbers between 0 and 1";
inline constexpr std::string_view no_inputs = " nothing";
inline constexpr std::string_view counted_numbers = ", whole numbers from 1 on";

/// What an exception said, without the places in attributes that nobody wrote: "test:1:8: ".
std::string without_places(std::string text);

/// All that work. A type without any is reported as a finding, and so is planning that ends otherwise than by refusing.
/// `trying` is told each before it is planned.
std::vector<Example> examples_of(const Environment& environment, const Schema& schema, Findings& findings,
                                 const std::function<void(const Example&)>& trying = {});

}  // namespace plexus
