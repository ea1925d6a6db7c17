// Trains a small program into a folder of the test's own.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "plexus/training.hpp"

namespace plexus::test {

/// Keeps what it is told, and may stop the run after a number of steps.
class Watcher final : public TrainingObserver {
public:
    explicit Watcher(std::uint64_t stop_after = 0) : stop_after_(stop_after) {}
    void on_step(const StepReport& report) override;
    void on_epoch(const EpochReport& report) override { epochs.push_back(report); }
    void on_notice(const std::string& text) override { notices.push_back(text); }

    std::atomic<bool> stop{false};
    std::vector<EpochReport> epochs;
    std::vector<std::string> notices;
    std::uint64_t steps = 0;

private:
    std::uint64_t stop_after_;
};

/// Writes `program` to <folder>.yaml and trains it into `folder`, which is emptied first unless the run is resumed.
TrainingResult train_in(const std::filesystem::path& folder, const std::string& program, Watcher& watcher,
                        TrainingOptions options = {});

std::string bytes_of(const std::filesystem::path& file);

/// A network with everything that a resumed run could lose: dropout, running statistics, momentum, a schedule, an
/// average, a best value; 48 samples in 5 batches of 10, the last one shorter.
std::string rich_program(int epochs);

/// Two networks and two phases, one of which has three steps in a row; noise, running statistics, averages, a clipped
/// norm, pictures of what one of the networks makes; 48 samples in 5 batches of 10.
std::string alternating_program(int epochs);

}  // namespace plexus::test
