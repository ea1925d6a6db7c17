// Sums of losses and metrics over the batches of an epoch or of a data set.
#pragma once
#include <string>
#include <vector>

#include "core/execute/executor.hpp"
#include "core/train/session.hpp"
#include "plexus/evaluation.hpp"

namespace plexus {

/// What is larger when things go better.
enum class Direction : std::uint8_t { lower, higher };

struct Tally {
    /// Of a phase of the program.
    struct Phase {
        std::vector<double> losses;  ///< sums over samples: of what is made small, then of each of its losses
        double samples = 0;
        double norms = 0;  ///< sum over the steps that had one
        double steps = 0;
    };
    std::vector<Phase> phases;
    std::vector<std::vector<double>> metrics;  ///< merged partials, in the order of the program's metrics

    [[nodiscard]] bool empty() const noexcept;
    /// Of the first phase, per sample.
    [[nodiscard]] double loss() const noexcept;
    /// Takes in what a step left in the arena.
    void add(Executor& executor, const Plan& plan, const Session& session);
};

/// A tally as a person reads it: losses first, then what each metric reports. A program of one network has "loss", and
/// each part of a sum of losses by its name; else the phase stands before: "generator.loss". A metric's value that is
/// called as its type is called as its node instead: by its `name`, where it has one. Before other values stands the
/// node's name if the type occurs twice: "narrow_top_5_accuracy".
struct TallyReport {
    NamedValues values;
    std::vector<NamedMatrix> matrices;
    std::vector<std::pair<std::string, Direction>> directions;
};

[[nodiscard]] TallyReport report(const Tally& tally, const Session& session);

/// The value of that name, or nullptr.
[[nodiscard]] const double* find_value(const NamedValues& values, const std::string& name);

}  // namespace plexus
