// The reference page of a type, as Markdown, from its schema alone.
#pragma once
#include <string>

#include "plexus/schema.hpp"

namespace plexus {

/// Title, kind and help, formula, shapes, the attributes in a table, and the shortest use of the type in YAML. Ends
/// with a line break. Equal schemas give equal pages.
[[nodiscard]] PLEXUS_API std::string reference_page(const Schema& schema);

/// The shortest valid use, in YAML's flow style: `dense: {units: 10}`, or `flatten`. Attributes that are required have
/// an example value.
[[nodiscard]] PLEXUS_API std::string example_use(const Schema& schema);

}  // namespace plexus
