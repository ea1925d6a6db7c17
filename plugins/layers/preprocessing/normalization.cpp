#include <algorithm>
#include <cmath>

#include "kernels/elementwise.hpp"
#include "kernels/moments.hpp"
#include "preprocessing.hpp"

namespace plexus::preprocessing {
namespace {

using kernels::Floats;
using Role = Operand::Role;

constexpr Operand input{Role::input, 0}, output{Role::output, 0};
constexpr Operand output_gradient{Role::output_gradient, 0}, input_gradient{Role::input_gradient, 0};
constexpr Operand moments{Role::partial, 0}, all_moments{Role::combined, 0};
constexpr Operand mean{Role::state, 0}, variance{Role::state, 1};

// What Keras divides by at least.
constexpr float smallest_deviation = 1e-7F;

/// y = (x - mean) / deviation per shard, with the moments that the states hold. In an estimate pass the batch's moments
/// are merged into the states first.
class NormalizationWork final : public Work {
public:
    explicit NormalizationWork(PlanContext& c) : channels_{static_cast<std::size_t>(c.input(0).shape.back())} {
        if (c.mode() == Mode::estimate) {
            moments_ = c.forward({.name = "moments", .reads = {input}, .writes = {moments}});
            estimate_ = c.forward({.name = "estimate",
                                   .over = Over::batch,
                                   .reads = {all_moments, mean, variance},
                                   .writes = {mean, variance}});
        }
        const std::size_t scratch = channels_ * sizeof(float);
        apply_ = c.forward({.name = "apply",
                            .reads = {input, mean, variance},
                            .writes = {output},
                            .in_place = {{output, input}},
                            .scratch = scratch});
        if (c.training() && c.wants_input_gradient(0))
            c.backward({.name = "gradient",
                        .reads = {output_gradient, variance},
                        .writes = {input_gradient},
                        .in_place = {{input_gradient, output_gradient}},
                        .scratch = scratch});
    }

    void run(const StageContext& c) const override {
        if (c.stage() == moments_)
            with_elements(c,
                          [&](const auto* x, std::size_t rows) { kernels::moments(x, rows, channels_, c.partial(0)); });
        else if (c.stage() == estimate_)
            estimate(c);
        else if (c.stage() == apply_)
            with_elements(c, [&](const auto* x, std::size_t rows) { apply(c, x, rows); });
        else
            gradient(c);
    }

private:
    template <class Use>
    void with_elements(const StageContext& c, const Use& use) const {
        const ConstTensor x = c.input(0);
        const std::size_t rows = static_cast<std::size_t>(x.shape().elements()) / channels_;
        if (x.type.element == Element::uint8)
            use(x.as<std::uint8_t>().data(), rows);
        else
            use(x.as().data(), rows);
    }

    /// Merges the moments of all samples so far with those of this batch; variances too are exact, not averages.
    void estimate(const StageContext& c) const {
        const auto merged = c.combined(0);
        const double share = c.estimate_share();
        const auto means = c.state(0).as();
        const auto variances = c.state(1).as();
        for (std::size_t k = 0; k < channels_; ++k) {
            const double new_mean = merged[1 + k];
            const double new_variance = merged[1 + channels_ + k] / merged[0];
            const double difference = new_mean - means[k];
            if (share >= 1) {
                means[k] = static_cast<float>(new_mean);
                variances[k] = static_cast<float>(new_variance);
            } else {
                variances[k] = static_cast<float>((1 - share) * variances[k] + share * new_variance +
                                                  share * (1 - share) * difference * difference);
                means[k] = static_cast<float>(means[k] + share * difference);
            }
        }
    }

    [[nodiscard]] const float* scales(const StageContext& c) const {
        auto* const scales = reinterpret_cast<float*>(c.scratch().data());
        const auto variances = c.state(1).as();
        for (std::size_t k = 0; k < channels_; ++k)
            scales[k] = 1 / std::max(std::sqrt(variances[k]), smallest_deviation);
        return scales;
    }

    template <class T>
    void apply(const StageContext& c, const T* x, std::size_t rows) const {
        const kernels::Repeated<float> centre{c.state(0).as().data(), channels_}, factor{scales(c), channels_};
        const float *const m = centre.data(), *const s = factor.data();
        float* const y = c.output(0).as().data();
        const std::size_t size = rows * channels_;
        const std::size_t width = kernels::width_of(channels_);
        kernels::dispatch([=]() __attribute__((always_inline)) {
            for (std::size_t at = 0; at < size; at += width)
                kernels::sweep(
                    [](const kernels::Vector<T>& v, const Floats& mean_of, const Floats& scale_of, Floats& to)
                        __attribute__((always_inline)) { to = (kernels::to_floats(v) - mean_of) * scale_of; },
                    std::min(width, size - at), x + at, m, s, y + at);
        });
    }

    void gradient(const StageContext& c) const {
        const float* const factors = scales(c);
        const auto dy = c.output_gradient(0).as();
        float* const dx = c.input_gradient(0).as().data();
        for (std::size_t at = 0; at < dy.size(); at += channels_)
            for (std::size_t k = 0; k < channels_; ++k)
                dx[at + k] = dy[at + k] * factors[k];
    }

    static constexpr auto none = static_cast<std::size_t>(-1);
    std::size_t channels_;
    std::size_t moments_ = none;
    std::size_t estimate_ = none;
    std::size_t apply_ = none;
};

/// Shifts and scales each channel so that over the training data it has mean 0 and variance 1.
///   x               [N, ..., C]  float32 or uint8
///   y               [N, ..., C]  float32, (x - mean) / max(sqrt(variance), 1e-7)
///   mean, variance  [C]          state; estimated from the training data before training begins, then constant
/// backward() assigns dx = dy / deviation.
/// Refused while planning: an input of one dimension or of another element type.
/// Source: keras.layers.Normalization with axis -1; its adapt() is the estimate pass.
struct Normalization final : Layer {
    explicit Normalization(const Attributes&) {}

    void infer(InferContext& c) const override {
        want_numbers(c);
        const Shape& shape = c.input(0).shape;
        if (shape.rank() < 2)
            throw c.error(text("input has shape ", c.source(0), "; [batch, ..., channels] is wanted"));
        c.output(0, {shape, Element::float32});
        c.state("mean", {shape.back()}, 0, Estimate::before_training);
        c.state("variance", {shape.back()}, 1, Estimate::before_training);
        c.partial("moments", kernels::moments_size(static_cast<std::size_t>(shape.back())));
    }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override {
        return std::make_unique<NormalizationWork>(c);
    }

    void merge(std::size_t, std::span<double> into, std::span<const double> from) const override {
        kernels::merge_moments(into, from);
    }
};

}  // namespace

void add_normalization(Registry& registry) {
    registry.layer<Normalization>("normalization", "Gives each channel of the data mean 0 and variance 1")
        .any_element()
        .formula("y = (x - mean) / sqrt(variance), of all training data")
        .shapes("x               [N, ..., C]  float32 or uint8\ny               [N, ..., C]\nmean, variance  [C]");
}

}  // namespace plexus::preprocessing
