#include "draws.hpp"
#include "noise.hpp"

namespace plexus::noise {
namespace {

/// Normally distributed numbers, anew at each step and in every mode; reads nothing.
///   y  [N, shape...]  float32
/// A number depends on the run's seed, the step, the sample's place in the batch and the node's path alone.
/// Refused when the attributes are read: a size below 1.
struct NormalNoise final : MadeOfNothing {
    explicit NormalNoise(const Attributes& a)
        : MadeOfNothing{a}, mean_{a.get<float>("mean")}, deviation_{a.get<float>("stddev")} {}

    void forward(const ForwardContext& c) const override {
        draw_normal(c, c.samples(), c.output(0).as(), mean_, deviation_);
    }

    float mean_;
    float deviation_;
};

}  // namespace

void add_normal_noise(Registry& registry) {
    registry.layer<NormalNoise>("normal_noise", "Normally distributed numbers, out of nothing")
        .inputs(0, 0)
        .required("shape", AttributeSpec::Form::integers, "of one sample: [100]")
        .attribute("mean", 0.0F, "their mean")
        .attribute("stddev", 1.0F, "their standard deviation")
        .at_least(0)
        .formula("y ~ N(mean, stddev^2)")
        .shapes("y  [N, shape...]");
}

}  // namespace plexus::noise
