// What the core alone needs of "did you mean ...?"; the ends of messages are in plexus/nearest.hpp.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plexus/nearest.hpp"

namespace plexus {

/// The candidate that differs least from `name`, or "" if none is near. Counted are letters that were inserted, left
/// out, replaced or swapped with their neighbour (optimal string alignment); case, '_' and '-' count only where that
/// leaves a tie, then the order of the candidates. Near is one such mistake, or one in three letters. A name of four or
/// more letters with which a candidate begins is near, too: `batch_norm` is near `batch_normalization`.
[[nodiscard]] PLEXUS_API std::string nearest(std::string_view name, std::span<const std::string> candidates);

/// "a, b or c"
[[nodiscard]] PLEXUS_API std::string alternatives(std::span<const std::string> names);

}  // namespace plexus
