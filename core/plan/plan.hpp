// One iteration of a program compiled for a batch: shapes, stages, buffers and tasks. A value: data, no threads.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/plan/model.hpp"
#include "core/plan/node_plan.hpp"
#include "plexus/optimizer.hpp"
#include "plexus/rewrites.hpp"

namespace plexus {

/// The memories that an operation can point into. A step binds an address to each; slots follow `first_slot`.
enum class Base : std::uint8_t {
    none,
    arena,
    scratch,
    batch,
    parameters,
    states,
    derived,
    gradients,
    carries,       ///< what the step before left
    next_carries,  ///< laid out likewise
    first_slot
};

/// An address that is known but for the start of its memory.
struct Place {
    std::size_t offset = 0;
    std::uint8_t base = 0;
    friend bool operator==(const Place&, const Place&) = default;
};

/// A range of bytes that an operation touches, and which value lies there: the tensor's number in the plan.
struct Access {
    Place place;
    std::size_t bytes = 0;
    std::uint32_t value = 0;
    bool write = false;
};

enum class OpKind : std::uint8_t {
    stage,      ///< a stage of a node's work
    combine,    ///< merges a partial over the shards, in tree order
    seed,       ///< fills a loss's output gradient with the share of each sample
    objective,  ///< sums a shard's losses
    total,      ///< adds those sums, in tree order, for each loss of a phase, and these by their weights
    add,        ///< sums gradients at a fork
    zero,       ///< a gradient of an output that nobody reads
    square,     ///< reduces a tile of a gradient and sums its squares
    norm,       ///< adds the squares over all tiles, in order
    update,     ///< reduces a tile of a gradient over the shards, in tree order, and lets the optimizer have it
};

/// One piece of work of one slice. What a place in `slots` means follows from the kind; of a stage, see OperandTable.
struct Op {
    OpKind kind = OpKind::stage;
    std::uint32_t node = 0;  ///< in Plan::nodes; of an update or square: the parameter in Model::parameters()
    /// Of a node; of a combine: the partial; of add and zero: the operand's number; of what belongs to a phase: that.
    std::uint32_t stage = 0;
    std::uint32_t tile = 0;   ///< of a seed: the loss, among those of its phase
    std::int64_t first = 0;   ///< sample; of a tile: row; of an update: element
    std::int64_t count = 0;   ///< samples, rows or elements
    std::uint32_t slots = 0;  ///< first place in Plan::slots
    std::uint32_t slot_count = 0;
    std::uint32_t accesses = 0;  ///< first in Plan::accesses
    std::uint32_t access_count = 0;
    Place scratch = {};  ///< working memory of the stage
    std::size_t scratch_bytes = 0;
};

/// What one thread does without going back to the scheduler.
struct Task {
    std::uint32_t first_op = 0;
    std::uint32_t op_count = 0;
    std::uint32_t waits_for = 0;          ///< number of tasks
    std::vector<std::uint32_t> releases;  ///< tasks that wait for this one, in step order
    std::string label;                    ///< "shard 3", "fc1.kernel tile 2"
};

/// What the caller finds in the arena after a step.
struct Result {
    Place place;
    TensorType type;
};

/// What a node hands on from step to step, and where it lies in Base::carries and Base::next_carries.
struct Carry {
    std::size_t node = 0;  ///< in the graph
    std::string name;
    TensorType type;
    std::size_t offset = 0;
};

/// A loss, and what one of its numbers counts in that which a phase makes small.
struct WeightedLoss {
    std::size_t node = 0;  ///< in the graph
    double weight = 1;
};

/// A phase of an iteration: what is made small, and what moves for it.
struct PhaseRequest {
    std::string name = "main";
    std::vector<WeightedLoss> losses = {};
    std::optional<std::vector<std::string>> networks = {};  ///< that learn; absent: all of them
    const Optimizer* optimizer = nullptr;                   ///< absent: gradients are made but not applied
    std::size_t first_slot = 0;                             ///< of the optimizer, in Bindings::slots
    bool gradient_norm = false;                             ///< is wanted, whether the optimizer asks for it or not
    std::size_t number = 0;                                 ///< in the program

    [[nodiscard]] bool trains(const std::string& network) const;
};

/// What is to be planned. Everything pointed to must outlive the plan.
struct PlanRequest {
    const Model* model = nullptr;
    Mode mode = Mode::training;
    std::int64_t batch = 0;
    std::int64_t shard = 16;
    std::vector<PhaseRequest> phases = {};   ///< that fall due, in the program's order
    std::vector<std::size_t> metrics = {};   ///< graph nodes whose partials are wanted
    std::vector<Endpoint> keep = {};         ///< outputs that the caller reads after the step
    std::vector<std::size_t> estimate = {};  ///< graph nodes whose states an estimate pass renews
    /// Outputs whose gradients the caller supplies in Base::batch, after the sources, each once; and gradients to keep.
    std::vector<Endpoint> given_gradients = {};
    std::vector<std::size_t> keep_gradients = {};  ///< sources of floats
    Rewrites rewrites = {};
    Precision precision = Precision::float32;  ///< of products; of less than float32, edges may be too (formats.hpp)
    std::size_t workers = 1;
};

/// What is left of a phase in a plan.
struct PhasePlan {
    PhaseRequest request;
    std::optional<Result> loss;  ///< doubles, sums over the samples: of what is made small, and of each of its losses
    std::optional<Result> norm;  ///< of all of its gradients, one double
};

struct Plan {
    Mode mode = Mode::training;
    std::int64_t batch = 0;
    std::int64_t shard = 0;
    std::vector<NodePlan> nodes;       ///< in the order of execution
    std::vector<std::size_t> node_of;  ///< graph node -> place in nodes, or npos
    std::vector<Op> ops;               ///< grouped by task, in step order
    std::vector<Place> slots;
    std::vector<Access> accesses;
    std::vector<Task> tasks;                    ///< in step order: no task waits for a later one
    std::vector<std::string> parameter_titles;  ///< in training, per Model::parameters(): "dense 'fc1', kernel"

    std::vector<Carry> carries;
    std::vector<Result> sources;  ///< per source node: place in Base::batch
    std::vector<Result> given_gradients;
    std::vector<Result> kept;       ///< per PlanRequest::keep
    std::vector<PhasePlan> phases;  ///< per PlanRequest::phases
    std::vector<std::size_t> metric_nodes;
    std::vector<Result> metrics;          ///< merged partials of these
    std::vector<Result> input_gradients;  ///< per source node, for tests; absent where there is none
    std::size_t optimizer_slots = 0;      ///< of all optimizers

    std::size_t arena_bytes = 0;
    std::size_t arena_bound = 0;    ///< largest sum of tensors live across a task, in the plan's order
    std::size_t scratch_bytes = 0;  ///< per worker
    std::size_t batch_bytes = 0;
    std::size_t derived_bytes = 0;
    std::size_t carry_bytes = 0;

    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
};

/// Makes a plan and proves it (verify.hpp). Throws InputError for what does not fit, RunError for a plugin's fault.
[[nodiscard]] Plan make_plan(const PlanRequest& request);

/// "shard 0..15 conv1.forward": what an operation is, for messages.
[[nodiscard]] std::string describe(const Plan& plan, const Op& op);

}  // namespace plexus
