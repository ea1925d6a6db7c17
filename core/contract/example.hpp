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

/// A layer, loss or metric with attributes and inputs with which it can be planned.
struct Example {
    const Environment* environment = nullptr;
    Kind kind = Kind::layer;
    std::string type;
    std::string attributes;          ///< in YAML's flow style
    std::vector<TensorType> inputs;  ///< of one sample
};

std::string to_string(const Example& example);

/// All that work. A type without any is reported as a finding, and so is planning that ends otherwise than by refusing.
/// `trying` is told each before it is planned.
std::vector<Example> examples_of(const Environment& environment, const Schema& schema, Findings& findings,
                                 const std::function<void(const Example&)>& trying = {});

}  // namespace plexus
