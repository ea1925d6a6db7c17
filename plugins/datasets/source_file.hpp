// A file that an attribute names, read by a format; what is wrong with it is said at the attribute's place.
#pragma once
#include <string_view>

#include "plexus/plugin.hpp"

namespace plexus::datasets {

/// Reads the file of attribute `name` by the format called `format`. Throws InputError: place, file, what is wrong.
[[nodiscard]] Array read_source(const Attributes& attributes, const Factory& factory, std::string_view name,
                                std::string_view format);

}  // namespace plexus::datasets
