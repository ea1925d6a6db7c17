// A loss: what a wrong number costs.
#include <plexus/plugin.hpp>

#include <cmath>

namespace {

/// Like half the squared difference where that is small, like the difference itself where it is large: a few targets
/// that are far off do not decide everything.
///   x       [N, ...]  float32, what the network says
///   target  like x
///   y       [N]       mean over a sample's numbers of delta^2 (sqrt(1 + r^2) - 1), with r = (x - target) / delta
/// backward() assigns dx = dy (x - target) / sqrt(1 + r^2) / numbers, and its negative to the target's gradient.
/// Refused while planning: a target of another shape or element type.
struct PseudoHuber final : plexus::Layer {
    explicit PseudoHuber(const plexus::Attributes& a) : delta{a.get<double>("delta")} {}

    void infer(plexus::InferContext& c) const override {
        const plexus::TensorType& x = c.input(0);
        if (c.input(1) != x)
            throw c.error(plexus::text("target is ", c.input(1).element, " ", c.source(1), "; float32 ", x.shape,
                                       " is wanted, as the input ", c.source(0)));
        c.output(0, {{x.shape[0]}});
    }

    [[nodiscard]] plexus::Traits traits() const override { return {.backward_reads_outputs = false}; }

    void forward(const plexus::ForwardContext& c) const override {
        const auto x = c.input(0).as();
        const auto target = c.input(1).as();
        const auto y = c.output(0).as();
        const std::size_t numbers = x.size() / y.size();
        for (std::size_t sample = 0; sample < y.size(); ++sample) {
            double sum = 0;
            for (std::size_t i = sample * numbers; i < (sample + 1) * numbers; ++i) {
                const double r = (static_cast<double>(x[i]) - target[i]) / delta;
                // sqrt(1 + r^2) - 1, without the difference of two numbers that are nearly equal.
                sum += delta * delta * r * r / (std::sqrt(1 + r * r) + 1);
            }
            y[sample] = static_cast<float>(sum / static_cast<double>(numbers));
        }
    }

    void backward(const plexus::BackwardContext& c) const override {
        const auto x = c.input(0).as();
        const auto target = c.input(1).as();
        const auto dy = c.output_gradient(0).as();
        const auto dx = c.input_gradient(0).as();       // each of the two is empty where nobody wants it,
        const auto dtarget = c.input_gradient(1).as();  // as that of a target that comes from the data
        const std::size_t numbers = x.size() / dy.size();
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double difference = static_cast<double>(x[i]) - target[i];
            const double slope = difference / std::sqrt(1 + difference * difference / (delta * delta));
            const auto gradient = static_cast<float>(dy[i / numbers] * slope / static_cast<double>(numbers));
            if (!dx.empty())
                dx[i] = gradient;
            if (!dtarget.empty())
                dtarget[i] = -gradient;
        }
    }

    double delta;
};

}  // namespace

PLEXUS_PLUGIN("pseudo_huber", "1.0.0", registry) {
    registry
        .loss<PseudoHuber>("pseudo_huber", "For numbers some of which are far off: their size counts, not its square")
        .attribute("delta", 1.0, "difference from which on the cost grows in a straight line")
        .range(0.01, 100)
        .formula("y = mean of delta^2 (sqrt(1 + ((x - target) / delta)^2) - 1) over a sample")
        .shapes("x       [N, ...]\ntarget  [N, ...]\ny       [N]");
}
