// A layer with several inputs and outputs.
#include <plexus/plugin.hpp>

namespace {

/// Lets two branches of a network share what they have found out: each gets a part of the other, and how much is
/// learnt.
///   x0, x1  [N, ...]  float32
///   share   [1]       parameter
///   y0      like x0   (1 - share) x0 + share x1
///   y1      like x0   share x0 + (1 - share) x1
/// backward() assigns dx0 = (1 - share) dy0 + share dy1, dx1 likewise, and dshare = sum (x1 - x0) (dy0 - dy1).
/// Refused while planning: inputs of different shapes, or that are not float32.
/// Source: Misra et al. 2016, arXiv 1604.03539, with one number for the whole unit.
struct CrossStitch final : plexus::Layer {
    explicit CrossStitch(const plexus::Attributes& a) : share_initializer{a.typed("share_initializer")} {}

    void infer(plexus::InferContext& c) const override {
        if (c.input(0) != c.input(1))
            throw c.error(plexus::text("inputs have different shapes: ", c.source(0), " and ", c.source(1)));
        c.parameter("share", {1}, share_initializer);
        c.output(0, c.input(0));
        c.output(1, c.input(1));
    }

    [[nodiscard]] plexus::Traits traits() const override { return {.backward_reads_outputs = false}; }

    void forward(const plexus::ForwardContext& c) const override {
        const float share = c.parameter(0).as()[0];
        mix(share, c.input(0).as(), c.input(1).as(), c.output(0).as());
        mix(share, c.input(1).as(), c.input(0).as(), c.output(1).as());
    }

    void backward(const plexus::BackwardContext& c) const override {
        const float share = c.parameter(0).as()[0];
        const auto dy0 = c.output_gradient(0).as();
        const auto dy1 = c.output_gradient(1).as();
        // The gradient of an input that needs none is absent: an empty span, over which mix() does nothing.
        mix(share, dy0, dy1, c.input_gradient(0).as());
        mix(share, dy1, dy0, c.input_gradient(1).as());
        const auto dshare = c.parameter_gradient(0).as();
        if (dshare.empty())
            return;
        const auto x0 = c.input(0).as();
        const auto x1 = c.input(1).as();
        double sum = 0;
        for (std::size_t i = 0; i < x0.size(); ++i)
            sum += (static_cast<double>(x1[i]) - x0[i]) * (static_cast<double>(dy0[i]) - dy1[i]);
        dshare[0] = static_cast<float>(sum);
    }

    static void mix(float share, std::span<const float> own, std::span<const float> other, std::span<float> to) {
        for (std::size_t i = 0; i < to.size(); ++i)
            to[i] = (1 - share) * own[i] + share * other[i];
    }

    plexus::TypedValue share_initializer;
};

}  // namespace

PLEXUS_PLUGIN("cross_stitch", "1.0.0", registry) {
    registry.layer<CrossStitch>("cross_stitch", "Gives each of two branches a part of the other")
        .inputs(2, 2)
        .typed("share_initializer", plexus::Kind::initializer, "zeros", "first value of the share")
        .formula("y0 = (1 - share) x0 + share x1; y1 = share x0 + (1 - share) x1")
        .shapes("x0, x1  [N, ...]\nshare   [1]\ny0, y1  [N, ...]");
}
