// One call of train(): the loop and everything that it holds.
#pragma once
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/train/carries.hpp"
#include "core/train/data_wait.hpp"
#include "core/train/event_file.hpp"
#include "core/train/optimizers.hpp"
#include "core/train/pass.hpp"
#include "core/train/phase_cycle.hpp"
#include "core/train/plans.hpp"
#include "core/train/session.hpp"
#include "core/train/snapshot.hpp"
#include "core/train/training_samples.hpp"
#include "core/train/training_watch.hpp"
#include "core/train/weights.hpp"
#include "plexus/optimizer.hpp"
#include "plexus/training.hpp"

namespace plexus {

class TrainingRun {
public:
    TrainingRun(const Environment& environment, const TrainingOptions& options, TrainingObserver& observer,
                const std::atomic<bool>& stop);
    [[nodiscard]] TrainingResult run();

private:
    class Standing;
    using Clock = std::chrono::steady_clock;
    using Ending = TrainingResult::Ending;

    // training_setup.cpp
    void open();
    void make_plans();
    void make_weights();
    void make_watches();
    void check_streams() const;
    void start_folder();
    void resume();
    void compare_with(const std::string& stored_text);
    [[nodiscard]] std::size_t memory() const;
    void estimate_before_training();

    // training_run.cpp
    [[nodiscard]] std::optional<Ending> epoch();
    void step(std::span<const std::uint32_t> order, std::size_t first);
    [[nodiscard]] std::size_t first_sample() const;
    [[nodiscard]] Plans& due() { return *training_[cycle_->combination(now_.step)]; }
    void refuse_non_finite(const StepOutcome& outcome, const Plan& plan, const Bindings& bindings,
                           const StepInput& input);
    [[nodiscard]] std::optional<Ending> after_epoch(double seconds, std::size_t samples);
    [[nodiscard]] std::optional<Ending> should_stop() const;
    [[nodiscard]] Progress progress() const;
    [[nodiscard]] std::string what_stays() const;
    [[nodiscard]] double learning_rate() const;
    [[nodiscard]] std::vector<const Plans*> all_plans() const;
    void tell_step(std::size_t size);
    void watch(const Plan& plan);
    void tell_waiting();

    // training_judge.cpp
    [[nodiscard]] std::optional<TallyReport> judge_holdout();
    [[nodiscard]] bool estimate_for_average();
    [[nodiscard]] bool is_gain(const TallyReport& report);
    void test(TrainingResult& result);
    void remember(const std::string& split, const NamedValues& values);

    // training_save.cpp
    void save_picture();
    void save(bool best);
    void save_file(const std::filesystem::path& file, const store::Group& tree);
    void refuse_to_save_non_finite() const;
    [[nodiscard]] const PluginUse& optimizer_of(std::size_t node) const;
    [[nodiscard]] TrainingResult finish(Ending ending);

    const Environment& environment_;
    const TrainingOptions& options_;
    TrainingObserver& observer_;
    const std::atomic<bool>& stop_;

    Session session_;
    Optimizers optimizers_;
    std::optional<PhaseCycle> cycle_;
    std::unique_ptr<Executor> executor_;
    std::vector<std::unique_ptr<Plans>> training_;  // per combination of phases that fall due together
    std::unique_ptr<Plans> judging_, before_, averages_;
    std::unique_ptr<Weights> weights_;
    Carries carries_;  // of the stream of training
    std::unique_ptr<TrainingSamples> samples_;
    std::vector<TrainingWatch> watches_;
    std::unique_ptr<Feed> feed_, test_feed_;
    std::vector<std::uint32_t> natural_, holdout_;
    Snapshot now_;
    std::filesystem::path out_;
    std::optional<EventFile> events_;
    std::string graph_text_;
    std::string started_;
    std::uint64_t batches_per_epoch_ = 0, steps_per_epoch_ = 0, total_steps_ = 0, first_step_ = 0;
    bool saved_ = true;            // the last save worked
    std::string last_checkpoint_;  // of this run that can be gone on with; empty: none yet
    std::uint64_t last_checkpoint_step_ = 0;
    bool best_exists_ = false;
    Clock::time_point began_{}, last_step_{}, last_metrics_{};
    double seconds_per_step_ = 0;
    DataWait wait_;  // of this epoch
    bool told_of_waiting_ = false;
};

}  // namespace plexus
