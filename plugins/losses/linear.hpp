// Losses that are a sample's values themselves, added up.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::losses {

/// A multiple of the sum of a sample's values.
///   x  [N, ...]  float32
///   y  [N]       factor times the sum, which is taken in double
/// backward() assigns dx = factor dy.
class LinearLoss : public Layer {
public:
    void infer(InferContext& c) const final;
    [[nodiscard]] Traits traits() const final {
        return {.backward_reads_inputs = false, .backward_reads_outputs = false};
    }
    void forward(const ForwardContext& c) const final;
    void backward(const BackwardContext& c) const final;

private:
    /// Of a sample with so many values.
    [[nodiscard]] virtual double factor(double values) const = 0;
};

}  // namespace plexus::losses
