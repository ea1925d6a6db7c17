#include <cstring>

#include "kernels/elementwise.hpp"
#include "merging.hpp"

namespace plexus::merging {
namespace {

using kernels::Floats;

/// The first input less the second.
///   x0, x1  [N, ...]  float32
///   y       like x0
/// backward() assigns dx0 = dy and dx1 = -dy.
/// Refused while planning: inputs of different shapes.
struct Subtract final : Layer {
    explicit Subtract(const Attributes&) {}

    void infer(InferContext& c) const override { infer_alike(c); }

    [[nodiscard]] Traits traits() const override {
        return {.backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const ForwardContext& c) const override {
        kernels::apply(
            [](const Floats& a, const Floats& b, Floats& y) __attribute__((always_inline)) { y = a - b; },
            c.output(0).as().size(), c.input(0).as().data(), c.input(1).as().data(), c.output(0).as().data());
    }

    void backward(const BackwardContext& c) const override {
        const auto dy = c.output_gradient(0).as();
        if (const Tensor dx = c.input_gradient(0))
            std::memcpy(dx.data, dy.data(), dy.size_bytes());
        if (const Tensor dx = c.input_gradient(1))
            kernels::apply(
                [](const Floats& slope, Floats& to) __attribute__((always_inline)) { to = -slope; }, dy.size(),
                static_cast<const float*>(dy.data()), dx.as().data());
    }
};

}  // namespace

void add_subtract(Registry& registry) {
    registry.layer<Subtract>("subtract", "The first input less the second")
        .inputs(2, 2)
        .formula("y = x0 - x1")
        .shapes("x0, x1  [N, ...]\ny       [N, ...]");
}

}  // namespace plexus::merging
