// Sums of losses and metrics over the batches of an epoch or of a data set.
#pragma once
#include <string>
#include <vector>

#include "core/execute/executor.hpp"
#include "plexus/evaluation.hpp"

namespace plexus {

/// What is larger when things go better.
enum class Direction : std::uint8_t { lower, higher };

struct Tally {
    double loss = 0;  ///< sum over samples
    double samples = 0;
    std::vector<std::vector<double>> metrics;  ///< merged partials, in the order of the program's metrics

    /// Takes in what a step left in the arena.
    void add(Executor& executor, const Plan& plan, const Model& model, const std::vector<std::size_t>& metric_nodes);
};

/// A tally as a person reads it: "loss" (where there is one) first, then what each metric reports. A metric that
/// occurs twice is told apart by its node's name.
struct TallyReport {
    NamedValues values;
    std::vector<NamedMatrix> matrices;
    std::vector<std::pair<std::string, Direction>> directions;
};

[[nodiscard]] TallyReport report(const Tally& tally, bool has_loss, const Model& model,
                                 const std::vector<std::size_t>& metric_nodes);

/// The value of that name, or nullptr.
[[nodiscard]] const double* find_value(const NamedValues& values, const std::string& name);

}  // namespace plexus
