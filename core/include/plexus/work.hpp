// How a layer's work is cut into stages, for layers that want more than forward() and backward() per shard.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "plexus/description.hpp"
#include "plexus/infer.hpp"
#include "plexus/step.hpp"

namespace plexus {

/// One tensor of a node, as a stage names what it touches.
struct Operand {
    /// Which of the node's tensors; those that infer() and plan() declared, and their gradients.
    enum class Role : std::uint8_t {
        input,
        output,
        saved,
        parameter,
        state,
        shared,
        derived,
        partial,
        combined,
        output_gradient,
        input_gradient,
        parameter_gradient,
        carry,       ///< as the step before left it
        next_carry,  ///< for the next step: another memory
    };
    Role role;              ///< the kind of tensor
    std::size_t index = 0;  ///< among those of its role
    friend bool operator==(const Operand&, const Operand&) = default;
};

/// The unit over which a stage is repeated.
enum class Over : std::uint8_t {
    shard,  ///< once per shard; sees its samples only
    tile,   ///< once per tile of a tensor that it writes; sees the whole batch
    batch,  ///< once; sees the whole batch, what was combined over it, and may write state and shared tensors
};

/// One stage: what runs, over what, and every tensor that it reads and writes. Nothing else may be touched.
struct Stage {
    std::string name;                  ///< "weights", for `draw --plan` and `bench`
    Over over = Over::shard;           ///< how often it runs, and on what
    std::vector<Operand> reads = {};   ///< in any order
    std::vector<Operand> writes = {};  ///< all that is assigned or changed
    /// An operand in `writes` that may be given the memory of one in `reads` of the same size, if nobody reads that
    /// later.
    std::vector<std::pair<Operand, Operand>> in_place = {};  ///< {written, read}
    std::size_t scratch = 0;                                 ///< bytes of the worker's memory
    std::size_t tiles = 1;                                   ///< for Over::tile: how many, none of them empty
    Operand tiled = {Operand::Role::parameter_gradient};     ///< for Over::tile: what is cut: output or gradient
    std::size_t tiled_dimension = 0;                         ///< for Over::tile: along which of its dimensions
    double flops = 0;                                        ///< for the whole batch, for `bench`; 0: not counted
    std::string kernel = {};                                 ///< what runs, for `draw --plan` and `bench`: "jit:avx2"
};

struct NodePlan;

/// What is known while planning a node for one batch size. Tensor types are those of the whole batch, [N, ...].
class PLEXUS_API PlanContext {
public:
    explicit PlanContext(NodePlan& node) : node_(node) {}

    /// What the plan is for.
    [[nodiscard]] Mode mode() const noexcept;
    /// Whether backward stages are wanted.
    [[nodiscard]] bool training() const noexcept { return mode() == Mode::training; }
    /// Of what products are to be made, whatever the element types of the edges.
    [[nodiscard]] Precision precision() const noexcept;
    /// False where a comparison is to be made without stages over tiles: a layer that has others offers these then.
    [[nodiscard]] bool wants_tiles() const noexcept;
    /// Samples in the batch, N.
    [[nodiscard]] std::int64_t batch() const noexcept;
    /// Bytes that the largest tensor of samples in the whole network has in this batch: what a stage over groups of
    /// shards makes others keep until they are done, see Over::tile.
    [[nodiscard]] std::size_t largest_of_samples() const noexcept;
    /// The sizes of shard that occur, largest first: one or two.
    [[nodiscard]] const std::vector<std::int64_t>& shard_sizes() const noexcept;
    /// Workers that may run this node at the same time are numbered 0 .. workers() - 1, see Work::run().
    [[nodiscard]] std::size_t workers() const noexcept;

    /// How many the node has.
    [[nodiscard]] std::size_t inputs() const noexcept;
    /// What infer() saw and declared, with the element types that the plan chose.
    /// @{
    [[nodiscard]] const TensorType& input(std::size_t i) const;
    [[nodiscard]] const TensorType& output(std::size_t i) const;
    [[nodiscard]] const TensorType& parameter(std::size_t i) const;
    /// @}
    /// False where nobody reads it: of labels, outside of training.
    [[nodiscard]] bool wants_input_gradient(std::size_t i) const;
    /// Of all parameters or none: false where the network is not trained.
    [[nodiscard]] bool wants_parameter_gradient() const;
    /// Either of the two for anything: a node for which this is false has no backward pass.
    [[nodiscard]] bool wants_gradient() const;
    /// Neighbours whose work this node does; see Layer::absorbs(). Their parameters and states follow its own.
    [[nodiscard]] std::span<const Neighbour> absorbed() const noexcept;
    /// How many of each infer() declared, with those of absorbed().
    struct Counts {
        /// Indices of a role are below its count.
        /// @{
        std::size_t inputs, outputs, saved, parameters, states, partials, carries;
        /// @}
    };
    /// Of this node.
    [[nodiscard]] Counts counts() const noexcept;

    /// A packed or transposed copy of parameters, `bytes` long: made by a forward stage over the batch that reads
    /// only parameters and states and writes only derived tensors, and which runs again after these were written. The
    /// name says what it is: calls of one network share those of one name and size.
    std::size_t derived(std::string name, std::size_t bytes);

    /// Adds a stage; stages run in the order in which they are added where they depend on each other. Returns the
    /// number that StageContext::stage() will give. Add all forward stages first; backward stages in training alone.
    /// @{
    std::size_t forward(Stage stage);
    std::size_t backward(Stage stage);
    /// @}

    /// Notes a choice that changes bits (an algorithm, a tile), as text; kept in plan and checkpoint.
    void choose(std::string what, std::string choice);
    /// As InferContext::error().
    [[nodiscard]] InputError error(const std::string& message) const;

private:
    NodePlan& node_;
};

/// What a layer becomes for one node in one plan: primitives, choices, sizes. Constant once made: run() is called from
/// several threads at once, on different slices.
class PLEXUS_API Work {
public:
    virtual ~Work();
    /// Does c.stage() on c's slice. Does not allocate; what it throws ends the run.
    virtual void run(const StageContext& c) const = 0;
};

}  // namespace plexus
