// Which phases fall due in which step, and when the data move on.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/program/program.hpp"

namespace plexus {

/// A round has each phase that is due in it (`every`) so many times in a row (`steps`), in the program's order; the
/// last of one phase and the first of the next are one step. So `critic: {steps: 3}` before a generator makes steps of
/// critic, critic, critic and generator, again and again. Then it begins anew.
///
/// A step reads one batch, and the data move on after each step in which the phase `train.epoch_of` (else the first)
/// fell due. An epoch is one pass over the data.
class PhaseCycle {
public:
    /// Throws InputError where the phases fall due together too seldom to make a plan for each combination.
    explicit PhaseCycle(const Program& program);

    /// Distinct sets of phases, ascending, each of which is due in some step.
    [[nodiscard]] const std::vector<std::vector<std::size_t>>& combinations() const noexcept { return combinations_; }
    /// Which of them is due in a step, counted from the run's first.
    [[nodiscard]] std::size_t combination(std::uint64_t step) const { return sequence_[step % sequence_.size()]; }
    /// Whether the data move on after it.
    [[nodiscard]] bool moves_on(std::uint64_t step) const { return moves_on_[combination(step)]; }
    /// How many batches are done after so many steps, and how many steps after so many batches.
    /// @{
    [[nodiscard]] std::uint64_t batches(std::uint64_t steps) const;
    [[nodiscard]] std::uint64_t steps(std::uint64_t batches) const;
    /// @}

private:
    void add_round(const Program& program, std::uint64_t round);

    std::vector<std::vector<std::size_t>> combinations_;
    std::vector<std::size_t> sequence_;  // one period
    std::vector<bool> moves_on_;         // per combination
    std::vector<std::size_t> moves_;     // places in the period after which the data move on
};

}  // namespace plexus
