// The steps of a scan for one shard of a batch, one after the other.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/execute/operation.hpp"
#include "core/scan/step_plan.hpp"
#include "plexus/work.hpp"

namespace plexus {

/// What is planned for one size of shard. Without states all steps are independent, and taken in one pass.
struct ShardPlan {
    StepPlan step;
    std::size_t samples = 0;
    std::size_t rows = 0;  ///< of a pass: samples, or samples times steps
    std::size_t passes = 0;
    std::size_t derived = 0;  ///< operand: packed parameters
    std::size_t pack = 0;     ///< stage that makes it
    /// In the scratch of a stage, in bytes: the step's memories; and two places for all states.
    std::size_t arena = 0, scratch = 0, batch = 0, states = 0, other_states = 0, bytes = 0;
};

/// What a scan is in one plan, whatever the shard.
struct ScanPlan {
    const StepNetwork* step = nullptr;
    const Model* model = nullptr;
    std::size_t steps = 0;
    std::size_t given_states = 0;  ///< inputs after x: all states or none
    bool lengths = false;          ///< the last input
    bool keeps = false;            ///< saved tensor 0 is what the backward pass needs of each step
};

/// Lives on the stack of a stage and allocates nothing. Rows of steps that do not count are computed from zeros, and
/// what becomes of them is thrown away.
class Loop {
public:
    Loop(const ScanPlan& scan, const ShardPlan& shard, const StageContext& context);

    /// Packs parameters, for all steps and shards.
    void derive();
    void forward();
    void backward();
    /// With `check` on, forward() and backward() end at the first value that is not finite, and this says where:
    /// "dense 'd', forward: output 0, step 3".
    void check() noexcept { checks_ = true; }
    [[nodiscard]] const std::string& not_finite() const noexcept { return not_finite_; }

private:
    struct Row {
        std::size_t sample;
        std::size_t step;
    };
    class Call;

    [[nodiscard]] Row row(std::size_t pass, std::size_t r) const noexcept;
    [[nodiscard]] bool counts(const Row& row) const noexcept;
    /// Whether it is the last step that the sample takes.
    [[nodiscard]] bool is_last(const Row& row) const noexcept;
    /// Where y has the row: as many elements from its start as so many rows have.
    [[nodiscard]] std::size_t place_in_y(const Row& row) const noexcept;
    [[nodiscard]] std::size_t state_size(std::size_t s) const noexcept;
    [[nodiscard]] float* floats(const Result& result) const noexcept;
    [[nodiscard]] float* state_at(std::size_t memory, std::size_t s) const noexcept;

    void refuse_lengths() const;
    void gather_x(std::size_t pass) noexcept;
    void keep(std::size_t pass) noexcept;
    void restore(std::size_t pass) noexcept;
    void write_y(std::size_t pass) noexcept;
    void step_states(std::size_t pass) noexcept;
    void give_gradients(std::size_t pass) noexcept;
    void take_x_gradient(std::size_t pass) noexcept;
    void take_state_gradients(std::size_t pass) noexcept;
    void add_handed(Handed to, std::size_t r, float* gradient, std::size_t size) const noexcept;
    void run(const std::vector<std::uint32_t>& operations, std::size_t pass);
    void run_stage(std::size_t pass);
    void add_gradient() noexcept;
    [[noreturn]] void rethrow(std::size_t pass) const;

    const ScanPlan& scan_;
    const ShardPlan& shard_;
    const StageContext& c_;
    const Plan& plan_;
    std::span<const std::int32_t> lengths_;
    std::array<std::byte*, base_of_parameter(most_parameters)> bases_{};
    StepState outer_;
    StepState state_;
    Op op_;  ///< a copy of the one that runs, with samples counted from the batch's first
    bool checks_ = false;
    std::string not_finite_;
};

}  // namespace plexus
