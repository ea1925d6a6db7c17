#include "activation.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/rectifiers.hpp"

namespace plexus::activation {
namespace {

using kernels::Floats;

/// x where it is not negative, negative_slope x where it is.
///   x  [N, ...]  float32 or bfloat16
///   y  like x
/// A NaN stays a NaN. The gradient at 0 is negative_slope, as in PyTorch and Keras. Works in place: with a slope that
/// is not negative y has the sign of x, so backward() reads y alone; it assigns dx.
struct LeakyRelu final : Layer {
    explicit LeakyRelu(const Attributes& a) : rectifier_{a.get<float>("negative_slope")} {}

    void infer(InferContext& c) const override { infer_same(c); }

    [[nodiscard]] Traits traits() const override {
        return {.in_place = true, .backward_reads_inputs = false, .bfloat16 = Bfloat16::alike};
    }

    [[nodiscard]] Description describe() const override { return {"LeakyRelu", {{"alpha", rectifier_.slope}}}; }

    void forward(const ForwardContext& c) const override {
        const auto rectifier = rectifier_;
        kernels::with_type_of(c.output(0).type.element, [&]<class T>(T) {
            const auto from = c.input(0).as<T>();
            kernels::apply(
                [rectifier](const Floats& x, Floats& y) __attribute__((always_inline)) { y = rectifier.value(x); },
                from.size(), from.data(), c.output(0).as<T>().data());
        });
    }

    void backward(const BackwardContext& c) const override {
        const auto rectifier = rectifier_;
        kernels::with_type_of(c.output(0).type.element, [&]<class T>(T) {
            const auto out = c.output(0).as<T>();
            kernels::apply(
                [rectifier](const Floats& y, const Floats& dy, Floats& dx)
                    __attribute__((always_inline)) { dx = rectifier.gradient(y, dy); },
                out.size(), out.data(), c.output_gradient(0).as<T>().data(), c.input_gradient(0).as<T>().data());
        });
    }

    kernels::LeakyRelu rectifier_;
};

}  // namespace

void add_leaky_relu(Registry& registry) {
    registry.layer<LeakyRelu>("leaky_relu", "Scales negative values down instead of cutting them off")
        .attribute("negative_slope", 0.3, "factor for negative values")
        .at_least(0)
        .formula("y = x for x >= 0, negative_slope x for x < 0")
        .shapes("x  [N, ...]\ny  [N, ...]");
}

}  // namespace plexus::activation
