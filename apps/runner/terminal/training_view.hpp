// What a person sees of a run in progress, on stderr: a bar on a terminal, one line per epoch everywhere.
#pragma once
#include <string>

#include "apps/runner/terminal/progress.hpp"
#include "plexus/training.hpp"

namespace runner {

class TrainingView final : public plexus::TrainingObserver {
public:
    explicit TrainingView(bool quiet);
    ~TrainingView() override;

    void on_start(const plexus::TrainingFacts& facts) override;
    void on_step(const plexus::StepReport& report) override;
    void on_epoch(const plexus::EpochReport& report) override;
    void on_notice(const std::string& text) override;

    /// Takes the bar away.
    void finish() { progress_.clear(); }

private:
    bool quiet_;
    Progress progress_;
    std::string metric_;  ///< "accuracy 0.9712", of the epoch so far
};

}  // namespace runner
