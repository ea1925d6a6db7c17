// A layer with parameters: the optimizer updates them, the framework sums their gradients over the shards.
#include <plexus/plugin.hpp>

#include <algorithm>

namespace {

/// Scales and shifts each channel by numbers that are learnt.
///   x      [N, ..., C]  float32
///   gamma  [C]          parameter
///   beta   [C]          parameter
///   y      like x       x gamma + beta
/// backward() assigns dx = dy gamma, and this shard's part of dgamma = sum dy x and dbeta = sum dy.
/// Refused while planning: an input of one dimension.
struct ChannelAffine final : plexus::Layer {
    explicit ChannelAffine(const plexus::Attributes& a)
        : gamma_initializer{a.typed("gamma_initializer")}, beta_initializer{a.typed("beta_initializer")} {}

    void infer(plexus::InferContext& c) const override {
        const plexus::TensorType& x = c.input(0);
        if (x.shape.rank() < 2)
            throw c.error(plexus::text("input has shape ", c.source(0), "; [batch, ..., channels] is wanted"));
        c.parameter("gamma", {x.shape.back()}, gamma_initializer);
        c.parameter("beta", {x.shape.back()}, beta_initializer);
        c.output(0, x);
    }

    [[nodiscard]] plexus::Traits traits() const override { return {.backward_reads_outputs = false}; }

    void forward(const plexus::ForwardContext& c) const override {
        const auto x = c.input(0).as();
        const auto gamma = c.parameter(0).as();
        const auto beta = c.parameter(1).as();
        const auto y = c.output(0).as();
        for (std::size_t i = 0; i < x.size(); ++i)
            y[i] = x[i] * gamma[i % gamma.size()] + beta[i % beta.size()];
    }

    void backward(const plexus::BackwardContext& c) const override {
        const auto x = c.input(0).as();
        const auto gamma = c.parameter(0).as();
        const auto dy = c.output_gradient(0).as();
        if (const auto dx = c.input_gradient(0).as(); !dx.empty())
            for (std::size_t i = 0; i < dx.size(); ++i)
                dx[i] = dy[i] * gamma[i % gamma.size()];
        const auto dgamma = c.parameter_gradient(0).as();
        const auto dbeta = c.parameter_gradient(1).as();
        if (dgamma.empty())
            return;
        // They hold garbage: gradients are assigned, never added to.
        std::ranges::fill(dgamma, 0.0F);
        std::ranges::fill(dbeta, 0.0F);
        for (std::size_t i = 0; i < x.size(); ++i) {
            dgamma[i % gamma.size()] += dy[i] * x[i];
            dbeta[i % gamma.size()] += dy[i];
        }
    }

    plexus::TypedValue gamma_initializer;
    plexus::TypedValue beta_initializer;
};

}  // namespace

PLEXUS_PLUGIN("channel_affine", "1.0.0", registry) {
    registry.layer<ChannelAffine>("channel_affine", "Scales and shifts each channel by numbers that are learnt")
        .typed("gamma_initializer", plexus::Kind::initializer, "ones", "first values of gamma")
        .typed("beta_initializer", plexus::Kind::initializer, "zeros", "first values of beta")
        .formula("y = x gamma + beta")
        .shapes("x      [N, ..., C]\ngamma  [C]\nbeta   [C]\ny      [N, ..., C]");
}
