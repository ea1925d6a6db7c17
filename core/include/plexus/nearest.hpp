// "Did you mean ...?": the end of a message about a name that nobody knows.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "plexus/export.hpp"

namespace plexus {

/// "; did you mean 'filters'?" with the candidate that `name` most likely stands for (letters inserted, left out,
/// replaced or swapped; one mistake, or one in three letters). Without one near enough "; <otherwise> a, b, c" with the
/// candidates in their order, at most ten of them; "" without any.
[[nodiscard]] PLEXUS_API std::string suggestion(std::string_view name, std::span<const std::string> candidates,
                                                std::string_view otherwise);

}  // namespace plexus
