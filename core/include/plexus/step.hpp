// What a layer computes with, while a step runs: tensors of one slice of the batch. Nothing here allocates or throws.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "plexus/description.hpp"
#include "plexus/infer.hpp"
#include "plexus/tensor.hpp"

namespace plexus {

struct StepState;

/// What every stage may see. Tensors are those of the slice: [n, ...] for a shard of n samples, [N, ...] where the
/// stage runs over the batch or over tiles. Indices are those that infer() got back.
class PLEXUS_API StepContext {
public:
    explicit StepContext(const StepState& state) noexcept : state_(state) {}

    /// What the step is for.
    [[nodiscard]] Mode mode() const noexcept;
    /// Whether there is a backward pass.
    [[nodiscard]] bool training() const noexcept { return mode() == Mode::training; }
    /// Samples in the whole batch, N.
    [[nodiscard]] std::int64_t batch() const noexcept;
    /// The slice's first sample, counted from the batch's first.
    [[nodiscard]] std::int64_t first() const noexcept;
    /// Samples in the slice, n.
    [[nodiscard]] std::int64_t samples() const noexcept;

    /// Neighbours whose work this node does, in the order in which they would run; see Layer::absorbs().
    [[nodiscard]] std::span<const Neighbour> absorbed() const noexcept;

    /// The slice's samples, [n, ...]. Like the next, only for what the stage declared to read.
    [[nodiscard]] ConstTensor input(std::size_t i) const noexcept;
    /// The slice's samples of what the step before left; all zeros in a stream's first step.
    [[nodiscard]] ConstTensor carry(std::size_t i) const noexcept;
    /// The whole tensor, on every slice.
    /// @{
    [[nodiscard]] ConstTensor parameter(std::size_t i) const noexcept;
    [[nodiscard]] ConstTensor state(std::size_t i) const noexcept;
    [[nodiscard]] ConstTensor shared(std::size_t i) const noexcept;
    /// @}
    /// Working memory of this worker: as many bytes as the stage booked, aligned to 64; holds garbage at first.
    [[nodiscard]] std::span<std::byte> scratch() const noexcept;
    /// The worker that runs this, 0 .. PlanContext::workers() - 1: for what must not be shared between threads.
    [[nodiscard]] std::size_t worker() const noexcept;

    /// Four random words for a sample of the slice (counted from its first): the same however the batch is sliced, in
    /// forward and backward, and on any thread. Different for every node, step, sample and block.
    [[nodiscard]] std::array<std::uint32_t, 4> random(std::int64_t sample, std::uint32_t block) const noexcept;

protected:
    const StepState& state_;
};

/// What Layer::forward() is given. Outputs are assigned.
class PLEXUS_API ForwardContext : public StepContext {
public:
    using StepContext::StepContext;
    /// To be assigned, all of it.
    [[nodiscard]] Tensor output(std::size_t i) const noexcept;
    /// Likewise. Absent outside of training.
    [[nodiscard]] Tensor saved(std::size_t i) const noexcept;
    /// What the next step finds as carry(i); to be assigned, all of it.
    [[nodiscard]] Tensor next_carry(std::size_t i) const noexcept;
    /// This shard's partial; starts as garbage, assign all of it.
    [[nodiscard]] std::span<double> partial(std::size_t i) const noexcept;
};

/// What Layer::backward() is given. Gradients are assigned: the plan adds them where a tensor is used twice, and over
/// the shards.
class PLEXUS_API BackwardContext : public StepContext {
public:
    using StepContext::StepContext;
    /// As forward() left it; an output only where Traits say that it is read.
    /// @{
    [[nodiscard]] ConstTensor output(std::size_t i) const noexcept;
    [[nodiscard]] ConstTensor saved(std::size_t i) const noexcept;
    /// @}
    /// Of the loss by this output.
    [[nodiscard]] ConstTensor output_gradient(std::size_t i) const noexcept;
    /// Absent where nobody wants it.
    [[nodiscard]] Tensor input_gradient(std::size_t i) const noexcept;
    /// This shard's part of the gradient. Absent where the network is not trained.
    [[nodiscard]] Tensor parameter_gradient(std::size_t i) const noexcept;
};

/// What Work::run() is given: everything that the stage declared.
class PLEXUS_API StageContext : public StepContext {
public:
    using StepContext::StepContext;
    /// The number that PlanContext::forward() or backward() gave to this stage.
    [[nodiscard]] std::size_t stage() const noexcept;
    /// Which tile of how many, for a stage over tiles. It has the places row_begin() .. row_begin() + row_count() - 1
    /// of the tiled dimension. A parameter's gradient is these places alone, a tensor of its own. So is an output or an
    /// input's gradient that is cut along its first dimension; cut along another one, it is the whole tensor, of which
    /// the stage assigns its part.
    /// @{
    [[nodiscard]] std::size_t tile() const noexcept;
    [[nodiscard]] std::int64_t row_begin() const noexcept;
    [[nodiscard]] std::int64_t row_count() const noexcept;
    /// @}

    /// For what the stage declared; nothing else may be touched.
    /// @{
    [[nodiscard]] Tensor output(std::size_t i) const noexcept;
    [[nodiscard]] Tensor saved(std::size_t i) const noexcept;
    [[nodiscard]] Tensor next_carry(std::size_t i) const noexcept;
    [[nodiscard]] ConstTensor output_gradient(std::size_t i) const noexcept;
    [[nodiscard]] Tensor input_gradient(std::size_t i) const noexcept;
    [[nodiscard]] Tensor parameter_gradient(std::size_t i) const noexcept;
    [[nodiscard]] std::span<double> partial(std::size_t i) const noexcept;
    /// @}
    /// The partial merged over all shards; for stages that declared to read it.
    [[nodiscard]] std::span<const double> combined(std::size_t i) const noexcept;
    /// Writable in stages over the batch that declared it.
    /// @{
    [[nodiscard]] Tensor shared(std::size_t i) const noexcept;
    [[nodiscard]] Tensor state(std::size_t i) const noexcept;
    [[nodiscard]] Tensor derived(std::size_t i) const noexcept;
    /// @}
    /// The same step as forward() and backward() of a layer see it.
    /// @{
    [[nodiscard]] ForwardContext as_forward() const noexcept { return ForwardContext{state_}; }
    [[nodiscard]] BackwardContext as_backward() const noexcept { return BackwardContext{state_}; }
    /// @}
    /// Of the estimate pass: samples in this batch as a share of all samples so far, this batch included.
    [[nodiscard]] double estimate_share() const noexcept;
};

}  // namespace plexus
