#include "activation.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/rectifiers.hpp"

namespace plexus::activation {
namespace {

using kernels::Floats;

/// max(0, x), element by element.
///   x  [N, ...]  float32 or bfloat16
///   y  like x
/// A NaN stays a NaN. The gradient at 0 is 0. Works in place; backward() reads y alone and assigns dx.
struct Relu final : Layer {
    explicit Relu(const Attributes&) {}

    void infer(InferContext& c) const override { infer_same(c); }

    [[nodiscard]] Traits traits() const override {
        return {.in_place = true, .backward_reads_inputs = false, .bfloat16 = Bfloat16::alike};
    }

    [[nodiscard]] Description describe() const override { return {"Relu"}; }

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

    kernels::Relu rectifier_;
};

}  // namespace

void add_relu(Registry& registry) {
    registry.layer<Relu>("relu", "Cuts negative values off")
        .formula("y = max(0, x)")
        .shapes("x  [N, ...]\ny  [N, ...]");
}

}  // namespace plexus::activation
