// What `runner bench` measured, as text, as JSON and as a trace.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "plexus/bench.hpp"

namespace runner {

/// The speed, a table of nodes, and the sum of all times; with stages, what is known of each.
[[nodiscard]] std::string bench_text(const plexus::BenchResult& result);
[[nodiscard]] nlohmann::ordered_json bench_json(const plexus::BenchResult& result);

/// "the machine was disturbed: rounds between 11.8 and 13.2 ms a step, limit between 180.1 and 196.0 GFLOP/s"; and
/// what other programs took, where that was more than 5 %.
[[nodiscard]] std::string disturbance(const plexus::BenchResult& result);

/// Chrome's trace-event format: one complete event ("ph": "X") each, times in microseconds, and the threads' names.
[[nodiscard]] nlohmann::ordered_json trace_json(const plexus::BenchResult& result);

/// Milliseconds of a node, and of nodes and all else: the 100 % of the shares.
[[nodiscard]] double milliseconds(const plexus::BenchNode& node);
[[nodiscard]] double milliseconds(const plexus::BenchResult& result);

}  // namespace runner
