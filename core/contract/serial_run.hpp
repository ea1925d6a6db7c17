// Runs a plan without the executor: one operation after the other, on this thread, in memory of its own.
#pragma once
#include <array>
#include <cstddef>
#include <functional>
#include <vector>

#include "core/execute/executor.hpp"
#include "core/execute/memory.hpp"
#include "core/plan/plan.hpp"

namespace plexus {

class SerialRun {
public:
    /// Tasks are given to `workers` in turn, which must not be more than the plan was made for. Arena, scratch and
    /// derived tensors are filled with `rubbish`. What is given must outlive this.
    SerialRun(Plan& plan, const Bindings& bindings, const StepInput& input, std::size_t workers, std::uint32_t rubbish);

    /// Instead of a stage of a node `stage` is called, which may call run_operation().
    using Stage = std::function<void(Op& op)>;
    /// Returns the start of the arena.
    const std::byte* run(const Stage& stage = {});
    void run_operation(const Op& op);

    [[nodiscard]] Plan& plan() noexcept { return plan_; }
    /// Per Base; those from `first_free_base` on no plan uses.
    [[nodiscard]] std::byte*& base(std::size_t number) noexcept { return bases_[number]; }
    static constexpr std::size_t first_free_base = 32;

private:
    Plan& plan_;
    const StepInput& input_;
    Memory arena_;
    std::vector<Memory> scratch_;
    std::size_t worker_ = 0;
    std::array<std::byte*, 256> bases_{};
};

void fill_with_rubbish(std::byte* data, std::size_t bytes, std::uint32_t rubbish);

}  // namespace plexus
