// The JSON Schema (draft 7) of a graph file, with which an editor completes and checks one.
#pragma once
#include <span>
#include <string>
#include <utility>

#include "plexus/schema.hpp"

namespace plexus {

/// `sections` are the parts of a program by their path: "" (the program), "data", "train", "train.best". Where a
/// section's attribute has a section of its own, that describes it, or, of `phases` and `warnings`, an entry of it;
/// `network`, `metrics`, `loss` and `model` are lists and uses of the kinds of the same name. `types` are all
/// registered types. The text ends with a line break.
[[nodiscard]] PLEXUS_API std::string json_schema(std::span<const std::pair<std::string, const Schema*>> sections,
                                                 std::span<const Schema* const> types);

}  // namespace plexus
