// Books every moment of every thread of a step: to a stage of a node, to what the plan does beside, or to waiting.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/execute/profile.hpp"
#include "core/plan/model.hpp"
#include "core/train/bench_steps.hpp"

namespace plexus {

enum class BenchPass : std::uint8_t { forward, backward, update, beside };

/// What operations are booked to.
struct BenchRow {
    std::size_t node = 0;  ///< in the graph; means nothing for `beside`
    BenchPass pass = BenchPass::beside;
    std::string name;              ///< "weights", "update"; of `beside`: "loss"
    const Stage* stage = nullptr;  ///< absent for what the plan does of its own accord
    std::vector<std::uint32_t> ops = {};
};

/// The rows of a plan: by pass, node and stage; what is no node's comes last.
class BenchRows {
public:
    BenchRows(const Plan& plan, const Model& model);
    [[nodiscard]] const std::vector<BenchRow>& rows() const noexcept { return rows_; }
    /// The row of each operation.
    [[nodiscard]] const std::vector<std::uint32_t>& of_op() const noexcept { return of_op_; }

private:
    std::vector<BenchRow> rows_;
    std::vector<std::uint32_t> of_op_;
};

/// Milliseconds, summed over threads. Of one step, or the mean of several.
struct BenchAccount {
    double step = 0;                        ///< from its beginning to its end, once
    std::vector<double> rows = {};          ///< as in BenchRows
    std::vector<double> others_waits = {};  ///< per row: what other threads waited while it ran
    double waiting = 0;
    double scheduling = 0;  ///< what is left of threads x step: finding, releasing, starting and ending of tasks

    BenchAccount& operator+=(const BenchAccount& other);
    BenchAccount& operator/=(double divisor);
};

[[nodiscard]] BenchAccount account(const BenchRows& rows, const StepProfile& profile, const StepTime& time);
/// The mean of the half of the steps that are neither short nor long: what a disturbance did to single steps is out.
[[nodiscard]] BenchAccount middle_half(std::vector<BenchAccount> steps);
/// Likewise of numbers. There must be at least one.
[[nodiscard]] double middle_half(std::vector<double> numbers);

/// When a worker had nothing to do, the time before it came and after it left included. `caller` began the step, and
/// what it does before and after is no waiting.
[[nodiscard]] std::vector<StepProfile::Wait> waits_of(const StepProfile& profile, std::size_t worker,
                                                      std::size_t caller, const StepTime& time);
/// The worker that began the step.
[[nodiscard]] std::size_t caller_of(const StepProfile& profile);

}  // namespace plexus
