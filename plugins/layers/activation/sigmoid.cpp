#include "activation.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/functions.hpp"

namespace plexus::activation {
namespace {

using kernels::Floats;

/// 1 / (1 + e^-x), element by element.
///   x  [N, ...]  float32
///   y  like x
/// Within 3 ulp. Works in place; backward() reads y alone and assigns dx = dy y (1 - y).
struct Sigmoid final : Layer {
    explicit Sigmoid(const Attributes&) {}

    void infer(InferContext& c) const override { infer_same(c); }

    [[nodiscard]] Traits traits() const override { return {.in_place = true, .backward_reads_inputs = false}; }

    void forward(const ForwardContext& c) const override {
        const auto from = c.input(0).as();
        kernels::apply(
            [](const Floats& x, Floats& y) __attribute__((always_inline)) { y = kernels::sigmoid(x); }, from.size(),
            from.data(), c.output(0).as().data());
    }

    void backward(const BackwardContext& c) const override {
        const auto out = c.output(0).as();
        kernels::apply(
            [](const Floats& y, const Floats& dy, Floats& dx)
                __attribute__((always_inline)) { dx = dy * (y * (1.0F - y)); },
            out.size(), out.data(), c.output_gradient(0).as().data(), c.input_gradient(0).as().data());
    }
};

}  // namespace

void add_sigmoid(Registry& registry) {
    registry.layer<Sigmoid>("sigmoid", "Squeezes each value into 0 .. 1")
        .formula("y = 1 / (1 + e^-x)")
        .shapes("x  [N, ...]\ny  [N, ...]");
}

}  // namespace plexus::activation
