// The plugin of somebody who has nothing but the installed package.
#include <plexus/plugin.hpp>

#include <cmath>

struct Swish final : plexus::Layer {
    explicit Swish(const plexus::Attributes& a) : beta{a.get<float>("beta")} {}
    void infer(plexus::InferContext& c) const override { c.output(0, c.input(0)); }
    void forward(const plexus::ForwardContext& c) const override {
        const auto x = c.input(0).as();
        const auto y = c.output(0).as();
        for (std::size_t i = 0; i < x.size(); ++i)
            y[i] = x[i] / (1 + std::exp(-beta * x[i]));
    }
    void backward(const plexus::BackwardContext& c) const override {
        const auto x = c.input(0).as();
        const auto dy = c.output_gradient(0).as();
        const auto dx = c.input_gradient(0).as();
        for (std::size_t i = 0; i < dx.size(); ++i) {
            const float s = 1 / (1 + std::exp(-beta * x[i]));
            dx[i] = dy[i] * (s + beta * x[i] * s * (1 - s));
        }
    }
    float beta;
};

PLEXUS_PLUGIN("swish", "1.0.0", registry) {
    registry.layer<Swish>("outsiders_swish", "x * sigmoid(beta * x)").attribute("beta", 1.0f, "slope of the gate");
}
