// The optimizers of a program's phases, and where each keeps what it remembers.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/execute/operation.hpp"
#include "core/plan/step_state.hpp"
#include "core/train/session.hpp"
#include "plexus/optimizer.hpp"

namespace plexus {

/// Of one phase that updates something.
struct PhaseOptimizer {
    std::size_t phase = 0;  ///< in the program
    std::unique_ptr<Optimizer> optimizer;
    PluginUse use;  ///< as messages name it
    OptimizerLayout layout;
    std::vector<std::string> networks;
    std::size_t first_slot = 0;     ///< phases of different networks share slots
    std::size_t first_counter = 0;  ///< each has its own
};

class Optimizers {
public:
    Optimizers() = default;
    /// None, where the program does not train.
    Optimizers(const Environment& environment, const Session& session);

    [[nodiscard]] const std::vector<PhaseOptimizer>& all() const noexcept { return all_; }
    /// nullptr for a phase that updates nothing.
    [[nodiscard]] const PhaseOptimizer* of_phase(std::size_t phase) const noexcept;
    [[nodiscard]] std::size_t slots() const noexcept { return slots_; }
    [[nodiscard]] std::size_t counters() const noexcept { return counters_; }

    /// Begins a step of the plan's phases: moves their counters on. Valid until the next call. Throws RunError.
    [[nodiscard]] std::span<const PhaseInput> begin_step(const Plan& plan, const Progress& progress,
                                                         std::span<double> counters);
    [[nodiscard]] static std::span<double> counters_of(const PhaseOptimizer& own, std::span<double> counters) {
        return counters.subspan(own.first_counter, own.layout.counters.size());
    }

private:
    std::vector<PhaseOptimizer> all_;
    std::vector<PhaseInput> inputs_;
    std::size_t slots_ = 0;
    std::size_t counters_ = 0;
};

/// All phases of a program as a plan wants them; without optimizers, as for a pass that judges.
[[nodiscard]] std::vector<PhaseRequest> phase_requests(const Session& session, const Optimizers& optimizers);

}  // namespace plexus
