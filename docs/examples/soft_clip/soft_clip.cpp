// A layer that works in place, and whose backward pass reads its output instead of its input.
#include <plexus/plugin.hpp>

#include <cmath>

namespace {

/// Leaves small numbers nearly as they are, and lets none become larger than `limit`, on either side.
///   x  [N, ...]  float32
///   y  like x    limit tanh(x / limit)
/// backward() reads y alone and assigns dx = dy (1 - (y / limit)^2).
struct SoftClip final : plexus::Layer {
    explicit SoftClip(const plexus::Attributes& a) : limit{a.get<float>("limit")} {}

    void infer(plexus::InferContext& c) const override { c.output(0, c.input(0)); }

    // y may take the place of x, for y[i] needs x[i] alone; then backward() must not ask for x.
    [[nodiscard]] plexus::Traits traits() const override { return {.in_place = true, .backward_reads_inputs = false}; }

    void forward(const plexus::ForwardContext& c) const override {
        const auto x = c.input(0).as();
        const auto y = c.output(0).as();
        for (std::size_t i = 0; i < x.size(); ++i)
            y[i] = limit * std::tanh(x[i] / limit);
    }

    void backward(const plexus::BackwardContext& c) const override {
        const auto y = c.output(0).as();
        const auto dy = c.output_gradient(0).as();
        const auto dx = c.input_gradient(0).as();
        for (std::size_t i = 0; i < y.size(); ++i)
            dx[i] = dy[i] * (1 - (y[i] / limit) * (y[i] / limit));
    }

    float limit;
};

}  // namespace

PLEXUS_PLUGIN("soft_clip", "1.0.0", registry) {
    registry.layer<SoftClip>("soft_clip", "Lets no number become too large, on either side")
        .attribute("limit", 1.0, "what no number exceeds")
        .range(0.1, 1000)
        .formula("y = limit tanh(x / limit)")
        .shapes("x  [N, ...]\ny  [N, ...]");
}
