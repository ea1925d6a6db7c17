// The words in which messages, help and reference pages speak of an attribute's form and range.
#pragma once
#include <string>

#include "plexus/schema.hpp"

namespace plexus {

/// "a whole number", "one whole number or two", "a list of numbers", "a schedule or a number", "same or valid", ...
[[nodiscard]] PLEXUS_API std::string form_text(const AttributeSpec& spec);

/// "at least 0 and below 1"; empty without a limit.
[[nodiscard]] PLEXUS_API std::string range_text(const AttributeSpec& spec);

}  // namespace plexus
