// What is known of each stage: its kernel, its slices, its speed, and what holds it up.
#pragma once
#include <string>
#include <vector>

#include "core/train/bench_account.hpp"
#include "core/train/bench_steps.hpp"
#include "plexus/bench.hpp"

namespace plexus {

/// What the figures of a stage are held against.
struct BenchLimits {
    double gflops = 0;           ///< of all threads
    double gigabytes = 0;        ///< of all threads, per second, from memory
    double cache_gigabytes = 0;  ///< likewise from second-level caches
    std::size_t threads = 1;
    double milliseconds = 0;  ///< of a step, summed over threads
    std::int64_t shard = 16;  ///< samples
    std::int64_t batch = 0;   ///< samples; 0: many

    [[nodiscard]] double per_thread(double limit) const noexcept { return limit / static_cast<double>(threads); }
};

/// The stage of a row that is a node's. `others_waits` and `milliseconds` are those of the row.
[[nodiscard]] BenchStage stage_of(const BenchRow& row, const Plan& plan, double milliseconds, double others_waits,
                                  const BenchLimits& limits);
/// What would make a stage faster, by fixed rules; the first that holds. All but `advice` must be filled.
[[nodiscard]] std::string advice(const BenchStage& stage, const BenchLimits& limits);

}  // namespace plexus
