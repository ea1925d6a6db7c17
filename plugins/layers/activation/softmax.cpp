#include "activation.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/functions.hpp"

namespace plexus::activation {
namespace {

using kernels::Floats;

/// Turns the numbers along the last dimension into probabilities.
///   x  [N, ..., K]  float32
///   y  like x; each row of K is positive and sums up to 1
/// The largest value of a row is subtracted first, so no exponential overflows. Works in place; backward() reads y
/// alone and assigns dx = y (dy - sum of dy y over the row).
/// Refused while planning: an input of one dimension.
struct Softmax final : Layer {
    explicit Softmax(const Attributes&) {}

    void infer(InferContext& c) const override {
        if (c.input(0).shape.rank() < 2)
            throw c.error(text("input has shape ", c.source(0), "; [batch, ..., classes] is wanted"));
        infer_same(c);
    }

    [[nodiscard]] Traits traits() const override { return {.in_place = true, .backward_reads_inputs = false}; }

    void forward(const ForwardContext& c) const override {
        const auto from = c.input(0).as();
        const auto columns = static_cast<std::size_t>(c.input(0).shape().back());
        const float* x = from.data();
        const float* end = x + from.size();
        float* y = c.output(0).as().data();
        kernels::dispatch([=]() __attribute__((always_inline)) {
            float* to = y;
            for (const float* row = x; row != end; row += columns, to += columns) {
                const float total = kernels::exponentials_of(row, kernels::largest_of(row, columns), to, columns);
                kernels::sweep(
                    [total](Floats & v) __attribute__((always_inline)) { v /= total; }, columns, to);
            }
        });
    }

    void backward(const BackwardContext& c) const override {
        const auto out = c.output(0).as();
        const auto columns = static_cast<std::size_t>(c.output(0).shape().back());
        const float* y = out.data();
        const float* dy = c.output_gradient(0).as().data();
        float* dx = c.input_gradient(0).as().data();
        const std::size_t size = out.size();
        kernels::dispatch([=]() __attribute__((always_inline)) {
            for (std::size_t row = 0; row < size; row += columns) {
                Floats lanes{};
                kernels::sweep(
                    [&lanes](const Floats& p, const Floats& dp) __attribute__((always_inline)) { lanes += p * dp; },
                    columns, y + row, dy + row);
                const float product = kernels::sum_of<float>(lanes);
                kernels::sweep(
                    [product](const Floats& p, const Floats& dp, Floats& d)
                        __attribute__((always_inline)) { d = p * (dp - product); },
                    columns, y + row, dy + row, dx + row);
            }
        });
    }
};

}  // namespace

void add_softmax(Registry& registry) {
    registry.layer<Softmax>("softmax", "Turns the last dimension into probabilities")
        .formula("y_i = e^x_i / sum_j e^x_j")
        .shapes("x  [N, ..., K]\ny  [N, ..., K]");
}

}  // namespace plexus::activation
