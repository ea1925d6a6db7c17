#include "draws.hpp"
#include "noise.hpp"

namespace plexus::noise {
namespace {

/// Evenly distributed numbers, anew at each step and in every mode; reads nothing.
///   y  [N, shape...]  float32, minval <= y < maxval
/// A number depends on the run's seed, the step, the sample's place in the batch and the node's path alone.
/// Refused when the attributes are read: a size below 1, maxval below minval.
struct UniformNoise final : Layer {
    explicit UniformNoise(const Attributes& a)
        : shape_{sample_shape(a)}, low_{a.get<float>("minval")}, high_{a.get<float>("maxval")} {
        if (high_ < low_)
            throw a.error("maxval", "'maxval' must be at least 'minval'");
    }

    void infer(InferContext& c) const override { c.output(0, {shape_.batch(c.batch())}); }

    [[nodiscard]] Traits traits() const override { return {.backward_reads_outputs = false}; }

    void forward(const ForwardContext& c) const override {
        draw_uniform(c, c.samples(), c.output(0).as(), low_, high_);
    }

    void backward(const BackwardContext&) const override {}

    Shape shape_;
    float low_;
    float high_;
};

}  // namespace

void add_uniform_noise(Registry& registry) {
    registry.layer<UniformNoise>("uniform_noise", "Evenly distributed numbers, out of nothing")
        .inputs(0, 0)
        .required("shape", AttributeSpec::Form::integers, "of one sample: [100]")
        .attribute("minval", 0.0F, "the least")
        .attribute("maxval", 1.0F, "what they stay below")
        .formula("y ~ U(minval, maxval)")
        .shapes("y  [N, shape...]");
}

}  // namespace plexus::noise
