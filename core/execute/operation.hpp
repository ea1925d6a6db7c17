// Runs one operation of a plan on the calling thread.
#pragma once
#include <atomic>
#include <cstdint>

#include "core/diagnostic/activity.hpp"
#include "core/execute/profile.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/step_state.hpp"

namespace plexus {

/// Of one of the plan's phases.
struct PhaseInput {
    const Optimizer* optimizer = nullptr;      ///< the one that the plan was made for
    const PluginUse* optimizer_use = nullptr;  ///< as messages name it
    double learning_rate = 0;
    std::span<const double> counters = {};
};

/// What the whole step is told, beside the plan and the memories.
struct StepInput {
    std::uint32_t seed = 0;
    std::uint64_t execution = 0;              ///< of the phase, since the run began
    double estimate_share = 1;                ///< see StageContext::estimate_share()
    std::span<const PhaseInput> phases = {};  ///< as the plan has them; without them, gradients are not applied
    StepProfile* profile = nullptr;           ///< for measuring, prepared and cleared; null: no times are taken
    bool empty_bodies = false;                ///< nothing is computed: what is left is the cost of scheduling
    bool derived_fresh = false;               ///< parameters are as they were when this plan ran last
};

/// Set by operations while the step runs.
struct StepFlags {
    std::atomic<bool> bad_loss{false};
    std::atomic<std::uint32_t> bad_update{static_cast<std::uint32_t>(-1)};  ///< the first in step order
};

/// Throws what the layer throws.
void run_operation(const StepState& state, const StepInput& input, StepFlags& flags);

}  // namespace plexus
