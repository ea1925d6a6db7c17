// Where a training run stands, beside its weights: everything else that a checkpoint must hold to go on bit for bit.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/store/decode.hpp"
#include "core/train/session.hpp"
#include "core/train/tally.hpp"
#include "core/train/weights.hpp"
#include "plexus/checkpoint.hpp"

namespace plexus {

struct Snapshot {
    std::uint32_t seed = 1;
    std::uint64_t step = 0;           ///< done since the run began
    std::uint64_t epoch = 0;          ///< done
    std::uint64_t step_of_epoch = 0;  ///< done in the epoch that is under way
    Tally sums;                       ///< of that epoch
    std::optional<double> best;       ///< value of the metric that decides
    std::uint64_t best_epoch = 0;
    std::uint64_t epochs_without_gain = 0;
    std::optional<std::uint64_t> estimated_at;  ///< step at which states were last estimated for the average
    std::vector<HistoryRow> history;
    std::vector<std::pair<std::uint64_t, Array>> pictures;  ///< of TrainingSamples, by the steps done
    std::vector<std::string> choices;                       ///< of the plans: "conv1 forward: direct"
    std::string machine;                                    ///< CPU and libraries on which the bits hold
};

/// The whole checkpoint.
[[nodiscard]] store::Group to_tree(const Session& session, const std::string& graph_text, Weights& weights,
                                   const Optimizers& optimizers, const Snapshot& snapshot);

/// Which of the two sets of weights to go on with, where somebody edited /networks.
enum class WeightsFrom : std::uint8_t { undecided, networks, training };

/// Reads it back into weights of the same model. Throws InputError for what is missing or does not fit, and where
/// /networks was edited and `from` does not say which weights are meant.
[[nodiscard]] Snapshot from_tree(const store::Group& root, const std::string& file, const Session& session,
                                 const Optimizers& optimizers, WeightsFrom from, Weights& weights);

/// "step_000500.png"
[[nodiscard]] std::string picture_file(std::uint64_t step);
[[nodiscard]] std::string graph_of(const store::Group& root, const std::string& file);
[[nodiscard]] std::vector<HistoryRow> history_of(const store::Group& root);

}  // namespace plexus
