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

/// What is trained, and where to.
struct TrainingOptions {
    std::filesystem::path graph = {};        ///< a file; also with resume
    std::vector<Override> overrides = {};    ///< applied in this order, also to a run that goes on
    std::filesystem::path out = {};          ///< the run folder; empty: runs/<the graph's name>
    std::filesystem::path resume = {};       ///< a checkpoint to go on from
    bool overwrite = false;                  ///< of a run that is in the folder
    bool from_training = false;              ///< with resume, where /networks was edited: take /training's weights
    bool from_networks = false;              ///< ... or those of /networks
    bool dry_run = false;                    ///< one step, one evaluation, one save and one load, in a temporary folder
    std::size_t threads = 0;                 ///< 0: as many as the machine has
    std::optional<std::uint32_t> seed = {};  ///< instead of train.seed
    std::string command = {};                ///< for run.json
};

/// Numbers with their names, in an order that matters to a reader.
using NamedValues = std::vector<std::pair<std::string, double>>;

/// What is known before the first step.
struct TrainingFacts {
    std::string name;                   ///< of the graph file, without folder and ending
    std::filesystem::path out;          ///< the run folder
    std::int64_t parameters = 0;        ///< numbers that are trained
    std::size_t training_samples = 0;   ///< without the holdout
    std::size_t holdout_samples = 0;    ///< 0 where there is none; likewise the next
    std::size_t test_samples = 0;       ///< of data.test
    std::int64_t epochs = 0;            ///< of the whole run
    std::uint64_t steps_per_epoch = 0;  ///< the last step of an epoch may be of fewer samples
    std::uint64_t first_step = 0;       ///< above 0 when resumed
    std::size_t memory = 0;             ///< bytes: plans, weights, data in flight, a save
    std::size_t threads = 0;            ///< that are used
};

/// How far a run is after a step.
struct StepReport {
    std::int64_t epoch = 0;             ///< from 1
    std::int64_t epochs = 0;            ///< of the whole run
    std::uint64_t step_of_epoch = 0;    ///< steps done
    std::uint64_t steps_per_epoch = 0;  ///< as in TrainingFacts
    double loss = 0;                    ///< mean over the epoch so far
    NamedValues metrics = {};           ///< of the epoch so far; left out but for ten times a second
    double samples_per_second = 0;      ///< of late
    double seconds_left = 0;            ///< of the whole run, from the steps so far
};

/// What an epoch came to.
struct EpochReport {
    std::int64_t epoch = 0;         ///< from 1
    std::int64_t epochs = 0;        ///< of the whole run
    std::uint64_t step = 0;         ///< steps done since the run began
    NamedValues training;           ///< loss and metrics, weighted by samples
    NamedValues holdout;            ///< empty without a holdout
    double learning_rate = 0;       ///< of its last step
    double seconds = 0;             ///< that it took
    double samples_per_second = 0;  ///< while it trained
    bool best = false;              ///< so far, by train.best
};

/// Called on the thread that called train().
class PLEXUS_API TrainingObserver {
public:
    virtual ~TrainingObserver();
    virtual void on_start(const TrainingFacts& facts);  ///< before the first step
    virtual void on_step(const StepReport& report);     ///< after every step: be quick
    virtual void on_epoch(const EpochReport& report);   ///< after every epoch, when it was evaluated
    virtual void on_notice(const std::string& text);    ///< a warning, or what changed on resume
};

/// How a run ended, and what it left.
struct TrainingResult {
    /// Why it ended; in each case what it had is saved.
    enum class Ending : std::uint8_t { finished, early_stopping, interrupted, time_limit };
    Ending ending = Ending::finished;  ///< of this run
    std::int64_t epochs = 0;           ///< done since the run began, also before it was resumed
    std::uint64_t steps = 0;           ///< likewise
    NamedValues test;                  ///< on data.test, with the best checkpoint's weights; empty without
    std::filesystem::path last;        ///< the checkpoint to go on from
    std::filesystem::path best;        ///< the checkpoint of the best epoch
    double seconds = 0;                ///< of this run alone
    TensorType input;                  ///< of one sample: what the network reads
    std::string samples_of = {};       ///< the network that the program's samples are of; empty without samples
    bool one_network = true;           ///< false: the program has several, and no output of its own
    bool saved = true;                 ///< false: the last save failed, and a notice said why
};

/// Runs until the program's epochs are done, `stop` becomes true (then it saves and returns), early stopping or the
/// time limit. Throws InputError for what the user can mend, RunError for what went wrong while running (a value that
/// is not finite, a layer that threw, bad data); the last complete checkpoint stays.
PLEXUS_API TrainingResult train(const Environment& environment, const TrainingOptions& options,
                                TrainingObserver& observer, const std::atomic<bool>& stop);

}  // namespace plexus
