// Losses that compare each value with a target of its own: what they share, which is all but the formula.
#pragma once
#include "kernels/elementwise.hpp"
#include "kernels/target.hpp"
#include "plexus/plugin.hpp"

namespace plexus::losses {

/// The mean over a sample's values, or with `reduction: sum` their sum, of a term of one value and its target.
///   x, target  see kernels::Target
///   y          [N]  summed in double
/// backward() assigns dx, and the target's gradient where one is wanted.
/// Term has, inlined:
///     Doubles value(const Floats& x, const Floats& t)
///     Floats slope(const Floats& x, const Floats& t)         by x
///     Floats target_slope(const Floats& x, const Floats& t)  by t
template <class Term>
class PointwiseLoss final : public Layer {
public:
    explicit PointwiseLoss(const Attributes& a) : target_{a}, mean_{a.get<std::string>("reduction") == "mean"} {}

    static void add_to(Schema& schema) {
        kernels::Target::add_to(schema)
            .attribute("reduction", "mean", "of a sample's values; over the batch it is always the mean")
            .choices({"mean", "sum"});
    }

    void infer(InferContext& c) const override {
        target_.infer(c);
        c.output(0, {Shape{c.input(0).shape[0]}});
    }

    [[nodiscard]] Traits traits() const override { return {.backward_reads_outputs = false}; }

    void forward(const ForwardContext& c) const override {
        const std::size_t size = size_of(c);
        const double divisor = divisor_of(size);
        const float* const x = c.input(0).as().data();
        float* const y = c.output(0).as().data();
        const std::size_t samples = c.output(0).as().size();
        target_.visit(c, [=](float constant, const auto*... targets) {
            kernels::dispatch([=]() __attribute__((always_inline)) {
                const auto term = [constant](const Floats& v, const auto&... t) __attribute__((always_inline)) {
                    return Term::value(v, kernels::Target::lanes_of(constant, t...));
                };
                for (std::size_t n = 0; n < samples; ++n)
                    y[n] = static_cast<float>(kernels::sum_over(term, size, x + n * size, (targets + n * size)...) /
                                              divisor);
            });
        });
    }

    void backward(const BackwardContext& c) const override {
        if (const Tensor dx = c.input_gradient(0))
            gradients(
                c, dx,
                [](const Floats& x, const Floats& t) __attribute__((always_inline)) { return Term::slope(x, t); });
        if (target_.is_constant())
            return;
        if (const Tensor dt = c.input_gradient(1))
            gradients(
                c, dt, [](const Floats& x, const Floats& t) __attribute__((always_inline)) {
                    return Term::target_slope(x, t);
                });
    }

private:
    using Floats = kernels::Floats;

    [[nodiscard]] static std::size_t size_of(const StepContext& c) {
        return static_cast<std::size_t>(c.input(0).shape().from(1).elements());
    }

    [[nodiscard]] double divisor_of(std::size_t size) const { return mean_ ? static_cast<double>(size) : 1.0; }

    template <class Slope>
    void gradients(const BackwardContext& c, const Tensor& to, const Slope& slope) const {
        const std::size_t size = size_of(c);
        const auto divisor = static_cast<float>(divisor_of(size));
        const float* const x = c.input(0).as().data();
        float* const d = to.as().data();
        const float* const dy = c.output_gradient(0).as().data();
        const std::size_t samples = c.output_gradient(0).as().size();
        target_.visit(c, [=](float constant, const auto*... targets) {
            kernels::dispatch([=]() __attribute__((always_inline)) {
                for (std::size_t n = 0; n < samples; ++n) {
                    const float scale = dy[n] / divisor;
                    kernels::sweep(
                        [=](Floats & gradient, const Floats& v, const auto&... t) __attribute__((always_inline)) {
                            gradient = scale * slope(v, kernels::Target::lanes_of(constant, t...));
                        },
                        size, d + n * size, x + n * size, (targets + n * size)...);
                }
            });
        });
    }

    kernels::Target target_;
    bool mean_;
};

}  // namespace plexus::losses
