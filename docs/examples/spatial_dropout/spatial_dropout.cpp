// A layer with a random mask, which works in place.
#include <plexus/plugin.hpp>

namespace {

/// Drops whole channels of a sample at random, and multiplies the others so that the mean stays.
///   x  [N, ..., C]  float32
///   y  like x       x / (1 - rate), or 0 with probability `rate`, alike at all places of a sample's channel
/// In training alone; otherwise y = x. backward() assigns dx = dy / (1 - rate) or 0, with the same draws.
/// Refused while planning: an input of one dimension.
/// Source: Tompson et al. 2015, arXiv 1411.4280; Keras's SpatialDropout1D and 2D.
struct SpatialDropout final : plexus::Layer {
    explicit SpatialDropout(const plexus::Attributes& a) : rate{a.get<float>("rate")} {}

    void infer(plexus::InferContext& c) const override {
        const plexus::TensorType& x = c.input(0);
        if (x.shape.rank() < 2)
            throw c.error(plexus::text("input has shape ", c.source(0), "; [batch, ..., channels] is wanted"));
        c.output(0, x);
    }

    // y[i] needs x[i] alone, and the gradient needs neither of them.
    [[nodiscard]] plexus::Traits traits() const override {
        return {.in_place = true, .backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const plexus::ForwardContext& c) const override { mask(c, c.input(0), c.output(0)); }

    void backward(const plexus::BackwardContext& c) const override {
        mask(c, c.output_gradient(0), c.input_gradient(0));
    }

    void mask(const plexus::StepContext& c, const plexus::ConstTensor& from, const plexus::Tensor& to) const {
        const auto x = from.as();
        const auto y = to.as();
        const auto channels = static_cast<std::size_t>(from.shape().back());
        const std::size_t size = x.size() / static_cast<std::size_t>(c.samples());
        for (std::size_t sample = 0; sample * size < x.size(); ++sample)
            for (std::size_t channel = 0; channel < channels; ++channel) {
                const float scale = factor(c, sample, channel);
                for (std::size_t i = sample * size + channel; i < (sample + 1) * size; i += channels)
                    y[i] = scale * x[i];
            }
    }

    // The draw of a sample's channel is a word of its own: the same in forward and backward, however the batch is cut.
    [[nodiscard]] float factor(const plexus::StepContext& c, std::size_t sample, std::size_t channel) const {
        if (!c.training())
            return 1;
        const auto words = c.random(static_cast<std::int64_t>(sample), static_cast<std::uint32_t>(channel / 4));
        return plexus::uniform(words[channel % 4]) < rate ? 0 : 1 / (1 - rate);
    }

    float rate;
};

}  // namespace

PLEXUS_PLUGIN("spatial_dropout", "1.0.0", registry) {
    registry.layer<SpatialDropout>("spatial_dropout", "Drops random channels in training")
        .required("rate", plexus::AttributeSpec::Form::number, "share of channels that are dropped")
        .at_least(0)
        .below(1)
        .formula("y = x / (1 - rate) or, for a channel with probability rate, 0; y = x outside of training")
        .shapes("x  [N, ..., C]\ny  [N, ..., C]");
}
