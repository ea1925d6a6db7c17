// What a layer is told, and what it declares, when a plan asks it for its shapes.
#pragma once
#include <cstddef>
#include <string>

#include "plexus/attributes.hpp"
#include "plexus/tensor.hpp"

namespace plexus {

/// What a step is for. `estimate` is a forward pass over training data that only renews estimated state.
enum class Mode : std::uint8_t { training, inference, estimate };

/// What products are made of. Sums, parameters, losses and statistics are float32 in each.
enum class Precision : std::uint8_t {
    float32,
    bf16,           ///< of bfloat16 numbers, by instructions for them
    emulated_bf16,  ///< of bfloat16 numbers, by instructions for float32
};

/// When the training loop estimates a state by a pass over the training data.
enum class Estimate : std::uint8_t {
    never,
    before_training,  ///< as the mean and variance of a normalization layer
    for_averages,     ///< again, whenever the weights for inference are not those that were trained with
};

struct NodeSignature;

/// Every tensor on an edge has the samples of the batch as its first dimension, N. infer() must depend on nothing but
/// the attributes and what this context says, and must declare the same parameters and states in every mode.
class PLEXUS_API InferContext {
public:
    explicit InferContext(NodeSignature& node) : node_(node) {}

    /// What the plan is for.
    [[nodiscard]] Mode mode() const noexcept;
    /// N, the first dimension of every output: for a layer that has no input to take it from.
    [[nodiscard]] std::int64_t batch() const noexcept;
    /// How many the node has: as many as Schema::inputs() allows.
    [[nodiscard]] std::size_t inputs() const noexcept;
    /// Shape [N, ...] and element type of an input.
    [[nodiscard]] const TensorType& input(std::size_t i) const;
    /// Throws the error that a person needs to read when an input is no float32 tensor of that rank:
    /// "input has shape [4, 8, 8, 1]; dense wants [batch, features]: put a flatten before it".
    void want(std::size_t input, std::size_t rank, const std::string& dimensions, const std::string& remedy = {}) const;

    /// Declares output i, [N, ...]; one output unless a higher index is named.
    void output(std::size_t i, const TensorType& type);

    /// A tensor that the optimizer updates, float32. Returns its index.
    std::size_t parameter(std::string name, const Shape& shape, const TypedValue& initializer);
    /// A tensor that the layer itself updates, float32; saved with the network. Returns its index.
    std::size_t state(std::string name, const Shape& shape, float initial, Estimate estimate = Estimate::never);
    /// Per-sample values kept from forward to backward, [N, ...]. Returns its index. Absent outside of training.
    std::size_t saved(std::string name, const TensorType& type);
    /// `size` doubles per shard, merged over the batch by Layer::merge(): a statistic, or what a metric counts.
    std::size_t partial(std::string name, std::size_t size);
    /// A small tensor for the whole batch, written by a stage over the batch and read by others. Returns its index.
    std::size_t shared(std::string name, const TensorType& type);

    /// Per-sample values [N, ...], float32, that the step before left and that this one leaves for the next, as the
    /// state of a stream that a sequence is cut from. Zeros in the first step of a stream; no gradient goes across.
    /// Those of training, evaluation and prediction are apart; training's are saved. Returns its index.
    std::size_t carry(std::string name, const TensorType& type);

    /// No gradient is wanted for this input (labels). Integer inputs never have one.
    void no_gradient(std::size_t input);

    /// The error to throw when the node cannot be: the context adds the place, the type and the node's name. In the
    /// message `input(i)` is best described by source(i): "input has shape [4, 8] (from relu 'r1', a.yaml:3:5)".
    [[nodiscard]] InputError error(const std::string& message) const;
    /// "[4, 8, 8, 1] (from max_pool2d 'pool2', mnist.yaml:13:5)"
    [[nodiscard]] std::string source(std::size_t input) const;

private:
    NodeSignature& node_;
};

}  // namespace plexus
