// A program made ready to run the same step again and again, for timing.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/execute/executor.hpp"
#include "core/execute/memory.hpp"
#include "core/plugin/types.hpp"
#include "core/train/carries.hpp"
#include "core/train/feed.hpp"
#include "core/train/optimizers.hpp"
#include "core/train/session.hpp"
#include "core/train/weights.hpp"
#include "plexus/bench.hpp"

namespace plexus {

/// A step's beginning and end in nanoseconds, as StepProfile::now() gives them.
struct StepTime {
    std::int64_t begin = 0;
    std::int64_t end = 0;

    [[nodiscard]] double milliseconds() const noexcept { return static_cast<double>(end - begin) * 1e-6; }
};

/// Everything that a step needs, with one batch that is used again and again. Trains where the program has `train`.
class BenchSteps {
public:
    /// Throws InputError for what a run would refuse.
    BenchSteps(const Environment& environment, const BenchOptions& options);

    /// One step with its optimizer. `profile` is cleared first.
    StepTime step(StepProfile* profile = nullptr);
    /// The same tasks with nothing in them.
    StepTime empty_step();

    [[nodiscard]] bool training() const noexcept { return training_; }
    [[nodiscard]] const Session& session() const noexcept { return session_; }
    [[nodiscard]] const Model& model() const noexcept { return *session_.model; }
    [[nodiscard]] const Plan& plan() const noexcept { return plan_; }
    [[nodiscard]] std::size_t threads() const noexcept { return executor_.workers(); }
    [[nodiscard]] double flops() const noexcept;
    /// Of weights, and of what the optimizer keeps for each.
    [[nodiscard]] std::size_t weight_bytes() const noexcept;

private:
    StepTime run(StepProfile* profile, bool empty);

    Session session_;
    Executor executor_;
    bool training_;
    Optimizers optimizers_;
    Plan plan_;
    std::unique_ptr<Weights> weights_;
    Memory derived_;
    Carries carries_;
    std::unique_ptr<Feed> feed_;
    std::vector<std::uint32_t> samples_;
    std::uint64_t done_ = 0;
};

}  // namespace plexus
