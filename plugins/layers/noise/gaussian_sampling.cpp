#include <cmath>

#include "draws.hpp"
#include "noise.hpp"
#include "plexus/text.hpp"

namespace plexus::noise {
namespace {

/// Draws from normal distributions so that gradients come through to what describes them, and tells how far these are
/// from the standard one.
///   x      [N, 2 L]  means, then logarithms of the variances; or two inputs, [N, L] each
///   z      [N, L]    output 0: mean + exp(log_variance / 2) noise, in every mode
///   kl     [N]       output 1: the divergence from N(0, 1), -1/2 sum(1 + log_variance - mean^2 - exp(log_variance)),
///                    in double
///   noise  [N, L]    saved
/// Both outputs' gradients are taken: dmean = dz + dkl mean; dlog_variance = dz noise exp(log_variance / 2) / 2 +
/// dkl (exp(log_variance) - 1) / 2.
/// Refused while planning: an odd number of features in one input; two inputs of different shapes.
/// Source: Kingma and Welling 2013, arXiv 1312.6114, with appendix B.
struct GaussianSampling final : Layer {
    explicit GaussianSampling(const Attributes&) {}

    void infer(InferContext& c) const override {
        for (std::size_t i = 0; i < c.inputs(); ++i)
            c.want(i, 2, "[batch, features]", "put a flatten before it");
        const Shape& x = c.input(0).shape;
        if (c.inputs() == 1 && x[1] % 2 != 0)
            throw c.error(text("input has shape ", c.source(0),
                               "; its features are means and, after these, as many logarithms of variances: their "
                               "number must be even"));
        if (c.inputs() == 2 && c.input(1).shape != x)
            throw c.error(text("the logarithms of the variances have shape ", c.source(1), ", the means ", c.source(0),
                               "; both must have the same"));
        const Shape z{x[0], c.inputs() == 1 ? x[1] / 2 : x[1]};
        c.output(0, {z});
        c.output(1, {Shape{x[0]}});
        c.saved("noise", {z, Element::float32});
    }

    [[nodiscard]] Traits traits() const override { return {.backward_reads_outputs = false}; }

    void forward(const ForwardContext& c) const override {
        const Rows rows{c.input(0), c.input(1)};
        const auto z = c.output(0).as();
        const auto kl = c.output(1).as();
        const auto saved = c.saved(0);
        const std::span<float> noise = saved.data != nullptr ? saved.as() : z;  // in inference in the place of z
        draw_normal(c, c.samples(), noise, 0, 1);
        for (std::size_t n = 0; n < kl.size(); ++n) {
            const float* const mean = rows.mean(n);
            const float* const log_variance = rows.log_variance(n);
            double sum = 0;
            for (std::size_t i = 0; i < rows.size; ++i) {
                const double lv = log_variance[i];
                const double m = mean[i];
                sum += 1 + lv - m * m - std::exp(lv);
                z[n * rows.size + i] = mean[i] + std::exp(log_variance[i] / 2) * noise[n * rows.size + i];
            }
            kl[n] = static_cast<float>(-0.5 * sum);
        }
    }

    void backward(const BackwardContext& c) const override {
        const Rows rows{c.input(0), c.input(1)};
        const auto dz = c.output_gradient(0).as();
        const auto dkl = c.output_gradient(1).as();
        const auto noise = c.saved(0).as();
        const bool one = c.input(1).data == nullptr;
        float* const dmean = c.input_gradient(0).as().data();
        float* const dlog_variance = one ? dmean + rows.size : c.input_gradient(1).as().data();
        for (std::size_t n = 0; n < dkl.size(); ++n)
            for (std::size_t i = 0; i < rows.size; ++i) {
                const std::size_t at = n * rows.size + i;
                const std::size_t to = n * rows.stride + i;
                const float lv = rows.log_variance(n)[i];
                if (dmean != nullptr)
                    dmean[to] = dz[at] + dkl[n] * rows.mean(n)[i];
                if (one ? dmean != nullptr : dlog_variance != nullptr)
                    dlog_variance[to] = (dz[at] * noise[at] * std::exp(lv / 2) + dkl[n] * (std::exp(lv) - 1)) / 2;
            }
    }

private:
    /// Where the two descriptions lie, in one tensor or in two.
    struct Rows {
        Rows(const ConstTensor& first, const ConstTensor& second)
            : first_{first.as().data()},
              second_{second.data != nullptr ? second.as().data() : nullptr},
              size{static_cast<std::size_t>(first.shape()[1]) / (second.data != nullptr ? 1 : 2)},
              stride{static_cast<std::size_t>(first.shape()[1])} {}

        [[nodiscard]] const float* mean(std::size_t n) const { return first_ + n * stride; }
        [[nodiscard]] const float* log_variance(std::size_t n) const {
            return second_ != nullptr ? second_ + n * stride : first_ + n * stride + size;
        }

        const float* first_;
        const float* second_;
        std::size_t size;
        std::size_t stride;
    };
};

}  // namespace

void add_gaussian_sampling(Registry& registry) {
    registry
        .layer<GaussianSampling>("gaussian_sampling",
                                 "Draws from normal distributions, and tells how far they are from the standard one")
        .inputs(1, 2)
        .formula(
            "z = mean + exp(log_variance / 2) N(0, 1); kl = -1/2 sum(1 + log_variance - mean^2 - "
            "exp(log_variance))")
        .shapes(
            "x   [N, 2 L]  means, then logarithms of variances; or two inputs [N, L]\nz   [N, L]    output "
            "0\nkl  [N]       output 1");
}

}  // namespace plexus::noise
