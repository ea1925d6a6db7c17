// A layer whose gradient is deliberately not the derivative of its output.
#include <plexus/plugin.hpp>

#include <cmath>

namespace {

/// The sign of each number.
///   x  [N, ...]  float32
///   y  like x    1 where x >= 0, otherwise -1
/// The derivative is 0 nearly everywhere, and nothing would be learnt through it. backward() assigns dx = dy where
/// |x| <= 1, otherwise 0: the straight-through estimator, as Hubara et al. 2016, arXiv:1602.02830, cut it off.
struct Binarize final : plexus::Layer {
    explicit Binarize(const plexus::Attributes&) {}

    void infer(plexus::InferContext& c) const override { c.output(0, c.input(0)); }

    void forward(const plexus::ForwardContext& c) const override {
        const auto x = c.input(0).as();
        const auto y = c.output(0).as();
        for (std::size_t i = 0; i < x.size(); ++i)
            y[i] = x[i] >= 0 ? 1.0F : -1.0F;
    }

    void backward(const plexus::BackwardContext& c) const override {
        const auto x = c.input(0).as();
        const auto dy = c.output_gradient(0).as();
        const auto dx = c.input_gradient(0).as();
        for (std::size_t i = 0; i < x.size(); ++i)
            dx[i] = std::abs(x[i]) <= 1 ? dy[i] : 0;
    }
};

}  // namespace

PLEXUS_PLUGIN("binarize", "1.0.0", registry) {
    registry.layer<Binarize>("binarize", "The sign of each number, through which gradients pass")
        .surrogate_gradient("that of y = x between -1 and 1: the straight-through estimator")
        .formula("y = 1 where x >= 0, -1 elsewhere;  dx = dy where |x| <= 1, 0 elsewhere")
        .shapes("x  [N, ...]\ny  [N, ...]");
}
