// Trains the program of a graph file into a run folder, or goes on with one.
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plexus/environment.hpp"
#include "plexus/override.hpp"
#include "plexus/tensor.hpp"

namespace plexus {

struct TrainingOptions {
    std::filesystem::path graph = {};
    std::vector<Override> overrides = {};
    std::filesystem::path out = {};     ///< the run folder; empty: runs/<the graph's name>
    std::filesystem::path resume = {};  ///< a checkpoint to go on from
    bool overwrite = false;             ///< of a run that is in the folder
    bool from_training = false;         ///< with resume, where /networks was edited: take /training's weights
    bool from_networks = false;         ///< ... or those of /networks
    bool dry_run = false;               ///< one step, one evaluation, one save and one load, in a temporary folder
    std::size_t threads = 0;            ///< 0: as many as the machine has
    std::optional<std::uint32_t> seed = {};
    std::string command = {};  ///< for run.json
};

using NamedValues = std::vector<std::pair<std::string, double>>;

/// What is known before the first step.
struct TrainingFacts {
    std::string name;
    std::filesystem::path out;
    std::int64_t parameters = 0;  ///< numbers that are trained
    std::size_t training_samples = 0, holdout_samples = 0, test_samples = 0;
    std::int64_t epochs = 0;
    std::uint64_t steps_per_epoch = 0;
    std::uint64_t first_step = 0;  ///< above 0 when resumed
    std::size_t memory = 0;        ///< bytes: plans, weights, data in flight, a save
    std::size_t threads = 0;
};

struct StepReport {
    std::int64_t epoch = 0;  ///< from 1
    std::int64_t epochs = 0;
    std::uint64_t step_of_epoch = 0;  ///< steps done
    std::uint64_t steps_per_epoch = 0;
    double loss = 0;                ///< mean over the epoch so far
    NamedValues metrics = {};       ///< of the epoch so far; left out but for ten times a second
    double samples_per_second = 0;  ///< of late
    double seconds_left = 0;        ///< of the whole run, from the steps so far
};

struct EpochReport {
    std::int64_t epoch = 0;  ///< from 1
    std::int64_t epochs = 0;
    std::uint64_t step = 0;
    NamedValues training;  ///< loss and metrics, weighted by samples
    NamedValues holdout;   ///< empty without a holdout
    double learning_rate = 0;
    double seconds = 0;
    double samples_per_second = 0;
    bool best = false;
};

/// Called on the thread that called train().
class PLEXUS_API TrainingObserver {
public:
    virtual ~TrainingObserver();
    virtual void on_start(const TrainingFacts& facts);
    virtual void on_step(const StepReport& report);  ///< after every step: be quick
    virtual void on_epoch(const EpochReport& report);
    virtual void on_notice(const std::string& text);  ///< a warning, or what changed on resume
};

struct TrainingResult {
    enum class Ending : std::uint8_t { finished, early_stopping, interrupted, time_limit };
    Ending ending = Ending::finished;
    std::int64_t epochs = 0;
    std::uint64_t steps = 0;
    NamedValues test;  ///< on data.test, with the best checkpoint's weights; empty without
    std::filesystem::path last, best;
    double seconds = 0;
    TensorType input;   ///< of one sample: what the network reads
    bool saved = true;  ///< false: the last save failed, and a notice said why
};

/// Runs until the program's epochs are done, `stop` becomes true (then it saves and returns), early stopping or the
/// time limit. Throws InputError for what the user can mend, RunError for what went wrong while running (a value that
/// is not finite, a layer that threw, bad data); the last complete checkpoint stays.
PLEXUS_API TrainingResult train(const Environment& environment, const TrainingOptions& options,
                                TrainingObserver& observer, const std::atomic<bool>& stop);

}  // namespace plexus
