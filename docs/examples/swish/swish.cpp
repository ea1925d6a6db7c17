// A layer: a smooth gate.
#include <plexus/plugin.hpp>

#include <cmath>

namespace {

/// Each number times a gate between 0 and 1 that opens as the number grows.
///   x  [N, ...]  float32
///   y  like x    x s(x), with s(x) = 1 / (1 + e^(-beta x))
/// backward() assigns dx = dy s(x) (1 + beta x (1 - s(x))).
struct Swish final : plexus::Layer {
    explicit Swish(const plexus::Attributes& a) : beta{a.get<float>("beta")} {}

    void infer(plexus::InferContext& c) const override { c.output(0, c.input(0)); }

    // The gradient is a function of x, so y need not be kept for it.
    [[nodiscard]] plexus::Traits traits() const override { return {.backward_reads_outputs = false}; }

    void forward(const plexus::ForwardContext& c) const override {
        const auto x = c.input(0).as();
        const auto y = c.output(0).as();
        for (std::size_t i = 0; i < x.size(); ++i)
            y[i] = x[i] * gate(x[i]);
    }

    void backward(const plexus::BackwardContext& c) const override {
        const auto x = c.input(0).as();
        const auto dy = c.output_gradient(0).as();
        const auto dx = c.input_gradient(0).as();
        for (std::size_t i = 0; i < x.size(); ++i)
            dx[i] = dy[i] * gate(x[i]) * (1 + beta * x[i] * (1 - gate(x[i])));
    }

    [[nodiscard]] float gate(float x) const { return 1 / (1 + std::exp(-beta * x)); }

    float beta;
};

}  // namespace

PLEXUS_PLUGIN("swish", "1.0.0", registry) {
    registry.layer<Swish>("swish", "Each number times a gate that opens as the number grows")
        .attribute("beta", 1.0, "slope of the gate")
        .range(0, 10)
        .formula("y = x / (1 + e^(-beta x))")
        .shapes("x  [N, ...]\ny  [N, ...]");
}
