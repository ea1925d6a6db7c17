// The time stamps of some steps as events on a time line.
#pragma once
#include <vector>

#include "core/train/bench_steps.hpp"
#include "plexus/bench.hpp"

namespace plexus {

/// Runs so many more steps and returns the events of each: the step, its tasks, their operations, and who waited.
[[nodiscard]] std::vector<BenchEvent> trace_steps(BenchSteps& steps, std::size_t count);

}  // namespace plexus
