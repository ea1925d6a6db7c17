#include "kernels/elementwise.hpp"
#include "losses.hpp"

namespace plexus::losses {
namespace {

using kernels::Doubles;
using kernels::Floats;

/// The mean of the squared differences between output and target.
///   x       [N, ...]  float32
///   target  like x
///   y       [N]       mean over a sample's elements of (x - target)^2; summed in double
/// backward() assigns dx = 2 dy (x - target) / elements, and its negative to the target's gradient where one is wanted.
/// Refused while planning: a target of another shape or element type.
struct MeanSquaredError final : Layer {
    explicit MeanSquaredError(const Attributes&) {}

    void infer(InferContext& c) const override {
        const TensorType& x = c.input(0);
        if (c.input(1) != x)
            throw c.error(text("target is ", c.input(1).element, " ", c.source(1), "; float32 ", x.shape,
                               " is wanted, as the input ", c.source(0)));
        c.output(0, {Shape{x.shape[0]}});
    }

    [[nodiscard]] Traits traits() const override { return {.backward_reads_outputs = false}; }

    void forward(const ForwardContext& c) const override {
        const auto size = static_cast<std::size_t>(c.input(0).shape().from(1).elements());
        const float* x = c.input(0).as().data();
        const float* target = c.input(1).as().data();
        const auto y = c.output(0).as();
        const std::size_t samples = y.size();
        float* const losses = y.data();
        kernels::dispatch([=]() __attribute__((always_inline)) {
            for (std::size_t n = 0; n < samples; ++n) {
                Doubles sums{};
                // Lanes beyond the end hold two zeros.
                kernels::sweep(
                    [&sums](const Floats& a, const Floats& b) __attribute__((always_inline)) {
                        const Doubles difference = kernels::to_doubles(a) - kernels::to_doubles(b);
                        sums += difference * difference;
                    },
                    size, x + n * size, target + n * size);
                losses[n] = static_cast<float>(kernels::sum_of<double>(sums) / static_cast<double>(size));
            }
        });
    }

    void backward(const BackwardContext& c) const override {
        const auto size = static_cast<std::size_t>(c.input(0).shape().from(1).elements());
        const auto dy = c.output_gradient(0).as();
        for (std::size_t i = 0; i < 2; ++i) {
            float* const to = c.input_gradient(i).as().data();
            if (to == nullptr)
                continue;
            const float* a = c.input(i).as().data();
            const float* b = c.input(1 - i).as().data();
            for (std::size_t n = 0; n < dy.size(); ++n) {
                const float scale = 2.0F * dy[n] / static_cast<float>(size);
                kernels::apply(
                    [scale](const Floats& p, const Floats& q, Floats& d)
                        __attribute__((always_inline)) { d = scale * (p - q); },
                    size, a + n * size, b + n * size, to + n * size);
            }
        }
    }
};

}  // namespace

void add_mean_squared_error(Registry& registry) {
    registry.loss<MeanSquaredError>("mean_squared_error", "For numbers: the mean of the squared differences")
        .formula("y = mean of (x - target)^2 over a sample")
        .shapes("x       [N, ...]\ntarget  [N, ...]\ny       [N]");
}

}  // namespace plexus::losses
