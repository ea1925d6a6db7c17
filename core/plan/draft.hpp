// A plan while it is being made: tensors, buffers and operations before anything has an address.
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "core/plan/passes.hpp"
#include "core/plan/plan.hpp"

namespace plexus {

inline constexpr std::uint32_t nothing = static_cast<std::uint32_t>(-1);

/// A piece of memory whose place is decided by place.cpp.
struct Buffer {
    std::size_t bytes = 0;
    std::uint32_t root = nothing;   ///< of the buffers that share this one's memory in place
    std::uint32_t first = nothing;  ///< position of the first operation that touches it
    std::uint32_t last = 0;
    std::vector<std::uint32_t> tasks;  ///< that touch it, without repetition
    Place place;
    bool whole = false;  ///< of a tensor that some stage sees over the whole batch
    bool kept = false;   ///< read by the caller after the step
};

/// One tensor of the step. Several shards or tiles may each write a part of it.
struct DraftTensor {
    TensorType type = {};
    bool per_sample = false;  ///< sliced by samples; else every piece has the full type
    bool whole = false;       ///< one buffer for all of it
    bool kept = false;
    bool in_pieces = false;  ///< written piece by piece, not by one operation as a whole
    bool in_tiles = false;   ///< an output whose pieces are not shards
    std::size_t tiles = 0;   ///< a gradient that is made in tiles: how many; each has a buffer of its own
    std::size_t tiled_dimension = 0;
    Place fixed = {};  ///< in a persistent memory; base none: a buffer
    std::uint32_t first_buffer = nothing;
    std::uint32_t pieces = 0;                 ///< buffers: shards, tiles, or 1 if whole
    std::vector<std::uint32_t> writers = {};  ///< tasks, per shard or tile; or one
    std::vector<std::uint32_t> readers = {};  ///< tasks since the last write; tracked for persistent tensors
};

/// Which part of a tensor an operation touches.
struct Touch {
    std::uint32_t tensor = nothing;
    std::uint32_t piece = nothing;  ///< shard or tile; nothing: all of it
    std::size_t offset = 0;         ///< bytes into the piece's buffer or the persistent memory
    std::size_t bytes = 0;
    bool write = false;
    bool orders = true;  ///< false: what else is declared already orders whoever touches this
};

/// An operation with its place in the order still open.
struct DraftOp {
    Op op = {};
    std::uint32_t task = 0;
    std::uint32_t first_touch = 0;
    std::uint32_t touches = 0;
    std::uint32_t first_slot = 0;  ///< in Draft::slots
};

/// What an operation's slot names before there are addresses.
struct DraftSlot {
    std::uint32_t tensor = nothing;
    std::uint32_t piece = nothing;
    std::size_t offset = 0;
};

/// The gradient of an output that has none or several readers: the sum of their input gradients.
struct Fork {
    std::size_t node = 0;  ///< in Draft::nodes
    std::size_t port = 0;
    std::uint32_t sum = nothing;
    std::vector<std::uint32_t> parts;
};

/// One of PlanRequest::phases.
struct DraftPhase {
    bool wants_norm = false;
    std::vector<std::uint32_t> seeds;  ///< per loss: the gradient of its output, or nothing
    std::uint32_t loss_total = nothing;
    std::uint32_t norm_total = nothing;
};

struct DraftTask {
    std::uint64_t chain = 0;  ///< a shard, a tile of a parameter, or a stage over the batch
    std::uint32_t level = 0;
};

struct Draft {
    explicit Draft(const PlanRequest& r);

    const PlanRequest& request;
    std::vector<NodePlan> nodes;
    std::vector<std::size_t> node_of;
    std::vector<std::int64_t> shard_first;  ///< first sample of each shard, and the batch at the end
    std::vector<DraftTensor> tensors;
    std::vector<std::vector<std::uint32_t>> operand;  ///< per node: the tensor of each operand, or nothing
    std::vector<Buffer> buffers;
    std::vector<DraftOp> ops;
    std::vector<Touch> touches;
    std::vector<DraftSlot> slots;
    std::vector<DraftTask> tasks;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;  ///< before, after
    std::vector<std::uint32_t> order;                            ///< of operations, by task
    std::vector<std::uint32_t> task_order;                       ///< of tasks, by level and chain
    std::vector<Fork> forks;
    std::vector<std::pair<std::size_t, std::uint32_t>> input_gradients;  ///< of sources, for tests: graph node, tensor
    Passes passes;
    std::vector<DraftPhase> phases;
    std::vector<std::uint32_t> kept;  ///< tensors of PlanRequest::keep
    std::vector<std::uint32_t> given;
    std::vector<std::uint32_t> parameter_tensors;  ///< per Model::parameters()
    std::vector<std::uint32_t> state_tensors;
    std::size_t batch_bytes = 0;
    std::size_t derived_bytes = 0;
    std::vector<Carry> carries;
    std::size_t carry_bytes = 0;

    [[nodiscard]] std::size_t shards() const noexcept { return shard_first.size() - 1; }
    [[nodiscard]] bool training() const noexcept { return request.mode == Mode::training; }
    [[nodiscard]] std::uint32_t add_tensor(DraftTensor tensor);
    /// The buffers of a tensor are made once every stage is known.
    void add_buffers(std::uint32_t tensor);
    /// Of a tensor in tiles.
    [[nodiscard]] std::size_t tile_bytes(const DraftTensor& tensor, std::size_t tile) const;
    [[nodiscard]] Touch touch(std::uint32_t tensor, std::uint32_t piece, bool write) const;
    [[nodiscard]] std::uint32_t buffer(std::uint32_t tensor, std::uint32_t piece) const;
};

/// The first row of a tile of so many over `rows`: they are equal but for one.
[[nodiscard]] constexpr std::int64_t tile_begin(std::int64_t rows, std::size_t tiles, std::size_t tile) noexcept {
    return rows * static_cast<std::int64_t>(tile) / static_cast<std::int64_t>(tiles);
}

/// Bytes of the largest tensor of samples that a node reads or writes.
[[nodiscard]] std::size_t largest_of_samples(const NodePlan& node);

/// Infers all nodes, plans their work and connects their operands with tensors.
void wire(Draft& draft);
/// Emits operations with their dependencies and groups them into tasks.
void emit(Draft& draft);
/// Orders tasks and operations.
void arrange(Draft& draft);
/// Gives every buffer a place; fills sizes of arena and scratch.
void place(Draft& draft, Plan& plan);

}  // namespace plexus
