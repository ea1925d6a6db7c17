// The contract of a layer type. A loss is a layer with one number per sample as output; a metric counts into a partial.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "plexus/description.hpp"
#include "plexus/infer.hpp"
#include "plexus/step.hpp"
#include "plexus/work.hpp"

namespace plexus {

/// Which edges of a layer may be bfloat16, in plans of less than float32: those that infer() is told are float32.
enum class Bfloat16 : std::uint8_t {
    never,
    alike,  ///< all of them, inputs and outputs, or none
    any,    ///< each for itself
};

/// What a plan may assume of a layer; saying less is always right, saying more saves memory. The first three are for
/// the default work.
struct Traits {
    bool in_place = false;               ///< output 0 may share input 0's memory; input gradient 0, output gradient 0's
    bool backward_reads_inputs = true;   ///< false: inputs need not be kept for backward()
    bool backward_reads_outputs = true;  ///< false: outputs need not be kept
    /// The element types that were chosen are those of the tensors that a stage is given, and of PlanContext. An edge
    /// is bfloat16 only if all layers that meet at it allow it; its gradient is as it is.
    Bfloat16 bfloat16 = Bfloat16::never;
};

/// Whether a result of a metric should grow or shrink.
enum class Better : std::uint8_t { higher, lower };

/// Named results of a metric over a whole data set.
class PLEXUS_API Report {
public:
    virtual ~Report();
    /// One number, "accuracy": for the history, and for `train.best`.
    virtual void value(const std::string& name, double value, Better better = Better::higher) = 0;
    /// Row-major; labelled by class names where the data set has them.
    virtual void matrix(const std::string& name, std::size_t rows, std::size_t columns,
                        std::span<const double> values) = 0;
};

/// Made once per node from its attributes and constant from then on: a constructor `T(const Attributes&)` reads them.
///
/// A simple layer writes infer(), forward() and backward(); they run per shard, and the plan sums its parameter
/// gradients over the shards in a fixed order. A layer that wants other slices or scratch overrides plan().
///
/// A loss has the network's output and the target as inputs 0 and 1, and writes one float32 per sample, [N]; what is
/// minimised is their mean over the batch, and output_gradient(0) holds each sample's share of it.
/// A metric has the same inputs, no output, and partial 0, which is merged over the data set and told by report().
class PLEXUS_API Layer {
public:
    virtual ~Layer();

    /// Declares outputs, parameters, state; refuses inputs that do not fit by throwing c.error(...). Inputs are float32
    /// unless the type is registered with Schema::any_element().
    virtual void infer(InferContext& c) const = 0;
    /// Per shard: inputs -> outputs.
    virtual void forward(const ForwardContext& c) const;
    /// Per shard: output gradients -> input gradients and this shard's part of the parameter gradients. Both are
    /// assigned, never added to. An absent gradient is not wanted.
    virtual void backward(const BackwardContext& c) const;
    /// Default: nothing that saves memory.
    [[nodiscard]] virtual Traits traits() const;
    /// Books stages and kernels. Leave it out for forward() and backward() per shard.
    [[nodiscard]] virtual std::unique_ptr<Work> plan(PlanContext& c) const;
    /// What the layer does, for neighbours and for other formats. Default: nothing is said.
    [[nodiscard]] virtual Description describe() const;
    /// True where this layer can do a neighbour's work with its own: that of the node that alone reads its output, or
    /// of the node whose output it alone reads. It then finds the neighbour in absorbed() of its contexts, and its
    /// output or input 0 is the neighbour's. `so_far` are those that it has already. The plan asks, and may be told not
    /// to. Default: false.
    [[nodiscard]] virtual bool absorbs(const Neighbour& neighbour, std::span<const Neighbour> so_far, Mode mode) const;
    /// Merges a partial of the later samples into that of the earlier ones; associative. Default: adds.
    virtual void merge(std::size_t partial, std::span<double> into, std::span<const double> from) const;
    /// Of a metric: what partial 0, merged over all samples, means.
    virtual void report(std::span<const double> merged, Report& report) const;
};

}  // namespace plexus
