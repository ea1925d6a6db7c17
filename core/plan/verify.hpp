// The proof that a plan is sound, from nothing but the bytes that its operations say they touch.
#pragma once
#include <optional>
#include <string>

#include "core/plan/plan.hpp"

namespace plexus {

/// Shows that (1) in the plan's own order every read finds the bytes that the value's writer left there: nothing is
/// read before it is written, and no memory is reused while someone still needs it; (2) two tasks that touch the same
/// bytes, one of them writing, are ordered by the tasks' dependencies, so that every order of running them gives what
/// the plan's own order gives; (3) every access lies within its memory, and no task waits for a later one.
/// Returns what is wrong, or nothing. Time: n log n in accesses, plus tasks times shards.
[[nodiscard]] std::optional<std::string> find_fault(const Plan& plan);

}  // namespace plexus
