#include "draws.hpp"
#include "noise.hpp"

namespace plexus::noise {
namespace {

/// Evenly distributed numbers, anew at each step and in every mode; reads nothing.
///   y  [N, shape...]  float32, minval <= y <= maxval; the latter by rounding alone
/// A number depends on the run's seed, the step, the sample's place in the batch and the node's path alone.
/// Refused when the attributes are read: a size below 1, maxval below minval.
struct UniformNoise final : MadeOfNothing {
    explicit UniformNoise(const Attributes& a)
        : MadeOfNothing{a}, low_{a.get<float>("minval")}, high_{a.get<float>("maxval")} {
        if (high_ < low_)
            throw a.error("maxval", "'maxval' must be at least 'minval'");
    }

    void forward(const ForwardContext& c) const override {
        draw_uniform(c, c.samples(), c.output(0).as(), low_, high_);
    }

    float low_;
    float high_;
};

}  // namespace

void add_uniform_noise(Registry& registry) {
    registry.layer<UniformNoise>("uniform_noise", "Evenly distributed numbers, out of nothing")
        .inputs(0, 0)
        .required("shape", AttributeSpec::Form::integers, "of one sample: [100]")
        .attribute("minval", 0.0F, "the least")
        .attribute("maxval", 1.0F, "the most")
        .formula("y ~ U(minval, maxval)")
        .shapes("y  [N, shape...]");
}

}  // namespace plexus::noise
