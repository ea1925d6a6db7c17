#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "normalization.hpp"
#include "plexus/text.hpp"

namespace plexus::normalization {
namespace {

/// Gives each channel of each sample mean 0 and variance 1 over the sample's places.
///   x        [N, H, W, C] or [N, T, C]  float32
///   y        like x: (x - mean) / sqrt(variance + epsilon) gamma + beta
///   moments  [N, 2, C]  saved: mean and 1 / sqrt(variance + epsilon)
///   gamma    [C]  with `scale`, ones at first
///   beta     [C]  with `center`, zeros at first
/// The variance is the biased one; sums are in double, and deviations are counted from the mean. As Keras's
/// GroupNormalization with groups=-1, whose epsilon is the default; PyTorch's InstanceNorm2d has 1e-5.
/// Source: Ulyanov et al. 2016, arXiv 1607.08022.
/// Refused while planning: another rank.
struct InstanceNormalization final : Layer {
    explicit InstanceNormalization(const Attributes& a)
        : epsilon_{a.get<double>("epsilon")},
          scale_{a.get<bool>("scale")},
          center_{a.get<bool>("center")},
          gamma_{a.typed("gamma_initializer")},
          beta_{a.typed("beta_initializer")} {}

    void infer(InferContext& c) const override {
        const Shape& x = c.input(0).shape;
        if (x.rank() != 3)
            c.want(0, 4, "[batch, rows, columns, channels] or [batch, steps, channels]");
        c.output(0, c.input(0));
        if (scale_)
            c.parameter("gamma", Shape{x.back()}, gamma_);
        if (center_)
            c.parameter("beta", Shape{x.back()}, beta_);
        c.saved("moments", {Shape{x[0], 2, x.back()}, Element::float32});
    }

    [[nodiscard]] Traits traits() const override { return {.backward_reads_outputs = false}; }

    void forward(const ForwardContext& c) const override {
        const ConstTensor x = c.input(0);
        each_block(x, [&](const Block& block) {
            const float* const from = x.as().data() + block.first;
            const Moments moments = moments_of(from, block);
            float* const to = c.output(0).as().data() + block.first;
            for (std::size_t i = 0; i < block.places; ++i)
                for (std::size_t k = 0; k < block.count; ++k) {
                    const float z = (from[i * block.channels + k] - moments[0][k]) * moments[1][k];
                    const float gamma = scale_ ? c.parameter(0).as()[block.channel + k] : 1;
                    const float beta = center_ ? c.parameter(scale_ ? 1 : 0).as()[block.channel + k] : 0;
                    to[i * block.channels + k] = z * gamma + beta;
                }
            const Tensor saved = c.saved(0);
            for (std::size_t m = 0; saved.data != nullptr && m < 2; ++m)
                std::copy_n(moments[m].begin(), block.count,
                            saved.as().begin() +
                                static_cast<std::ptrdiff_t>((2 * block.sample + m) * block.channels + block.channel));
        });
    }

    void backward(const BackwardContext& c) const override {
        const ConstTensor x = c.input(0);
        const bool learns = scale_ || center_;
        for (std::size_t p = 0; learns && p < static_cast<std::size_t>(scale_) + static_cast<std::size_t>(center_); ++p)
            if (c.parameter_gradient(p).data != nullptr)
                std::ranges::fill(c.parameter_gradient(p).as(), 0.0F);
        each_block(x, [&](const Block& block) { backward(c, block); });
    }

private:
    static constexpr std::size_t together = 8;
    using Row = std::array<float, together>;
    using Moments = std::array<Row, 2>;
    using Sums = std::array<double, together>;

    /// Some channels of one sample.
    struct Block {
        std::size_t sample, channel, count;  ///< `count` channels from `channel` on
        std::size_t first;                   ///< where the sample's first place has them
        std::size_t places, channels;
    };

    template <class Use>
    static void each_block(const ConstTensor& x, const Use& use) {
        const auto samples = static_cast<std::size_t>(x.shape()[0]);
        const auto channels = static_cast<std::size_t>(x.shape().back());
        const auto size = static_cast<std::size_t>(x.shape().from(1).elements());
        for (std::size_t n = 0; n < samples; ++n)
            for (std::size_t channel = 0; channel < channels; channel += together)
                use(Block{n, channel, std::min(together, channels - channel), n * size + channel, size / channels,
                          channels});
    }

    [[nodiscard]] Moments moments_of(const float* x, const Block& block) const {
        Sums sums{}, squares{};
        for (std::size_t i = 0; i < block.places; ++i)
            for (std::size_t k = 0; k < block.count; ++k)
                sums[k] += x[i * block.channels + k];
        const auto places = static_cast<double>(block.places);
        for (std::size_t i = 0; i < block.places; ++i)
            for (std::size_t k = 0; k < block.count; ++k) {
                const double deviation = x[i * block.channels + k] - sums[k] / places;
                squares[k] += deviation * deviation;
            }
        Moments moments{};
        for (std::size_t k = 0; k < block.count; ++k) {
            moments[0][k] = static_cast<float>(sums[k] / places);
            moments[1][k] = static_cast<float>(1 / std::sqrt(squares[k] / places + epsilon_));
        }
        return moments;
    }

    // With z = (x - mean) r and g = dy gamma: dx = r (g - mean of g - z mean of g z).
    void backward(const BackwardContext& c, const Block& block) const {
        const float* const x = c.input(0).as().data() + block.first;
        const float* const dy = c.output_gradient(0).as().data() + block.first;
        const float* const mean = c.saved(0).as().data() + 2 * block.sample * block.channels + block.channel;
        const float* const r = mean + block.channels;
        Sums sums{}, products{};
        for (std::size_t i = 0; i < block.places; ++i)
            for (std::size_t k = 0; k < block.count; ++k) {
                const double g = dy[i * block.channels + k];
                sums[k] += g;
                products[k] += g * ((x[i * block.channels + k] - mean[k]) * r[k]);
            }
        for (std::size_t k = 0; k < block.count; ++k) {
            if (scale_ && c.parameter_gradient(0).data != nullptr)
                c.parameter_gradient(0).as()[block.channel + k] += static_cast<float>(products[k]);
            if (center_ && c.parameter_gradient(scale_ ? 1 : 0).data != nullptr)
                c.parameter_gradient(scale_ ? 1 : 0).as()[block.channel + k] += static_cast<float>(sums[k]);
        }
        if (c.input_gradient(0).data == nullptr)
            return;
        float* const dx = c.input_gradient(0).as().data() + block.first;
        const auto places = static_cast<double>(block.places);
        for (std::size_t k = 0; k < block.count; ++k) {
            const float gamma = scale_ ? c.parameter(0).as()[block.channel + k] : 1;
            const auto mean_of_g = static_cast<float>(sums[k] / places);
            const auto mean_of_gz = static_cast<float>(products[k] / places);
            for (std::size_t i = 0; i < block.places; ++i) {
                const std::size_t at = i * block.channels + k;
                const float z = (x[at] - mean[k]) * r[k];
                dx[at] = gamma * r[k] * (dy[at] - mean_of_g - z * mean_of_gz);
            }
        }
    }

    double epsilon_;
    bool scale_;
    bool center_;
    TypedValue gamma_;
    TypedValue beta_;
};

}  // namespace

void add_instance_normalization(Registry& registry) {
    registry
        .layer<InstanceNormalization>("instance_normalization",
                                      "Gives each channel of each sample mean 0 and variance 1")
        .attribute("epsilon", 1e-3, "added to the variance")
        .above(0)
        .attribute("center", true, "whether to add a learnt offset, beta")
        .attribute("scale", true, "whether to multiply by a learnt factor, gamma")
        .typed("beta_initializer", Kind::initializer, "zeros", "first values of beta")
        .typed("gamma_initializer", Kind::initializer, "ones", "first values of gamma")
        .formula("y = (x - mean) / sqrt(variance + epsilon) gamma + beta, over the places of a sample")
        .shapes("x      [N, H, W, C] or [N, T, C]\ny      like x\ngamma  [C]\nbeta   [C]");
}

}  // namespace plexus::normalization
