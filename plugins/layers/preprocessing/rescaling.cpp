#include "kernels/elementwise.hpp"
#include "preprocessing.hpp"

namespace plexus::preprocessing {
namespace {

using kernels::Floats;
using Bytes = kernels::Vector<std::uint8_t>;

/// scale x + offset, element by element.
///   x  [N, ...]  float32 or uint8
///   y  [N, ...]  float32
/// backward() assigns dx = scale dy; bytes have no gradient. Works in place on float32.
struct Rescaling final : Layer {
    explicit Rescaling(const Attributes& a) : scale_{a.get<float>("scale")}, offset_{a.get<float>("offset")} {}

    void infer(InferContext& c) const override {
        want_numbers(c);
        c.output(0, {c.input(0).shape, Element::float32});
    }

    [[nodiscard]] Traits traits() const override {
        return {.in_place = true, .backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const ForwardContext& c) const override {
        const auto y = c.output(0).as();
        const float scale = scale_;
        const float offset = offset_;
        if (c.input(0).type.element == Element::uint8)
            kernels::apply(
                [=](const Bytes& x, Floats& to)
                    __attribute__((always_inline)) { to = scale * kernels::to_floats(x) + offset; },
                y.size(), c.input(0).as<std::uint8_t>().data(), y.data());
        else
            kernels::apply(
                [=](const Floats& x, Floats& to) __attribute__((always_inline)) { to = scale * x + offset; }, y.size(),
                c.input(0).as().data(), y.data());
    }

    void backward(const BackwardContext& c) const override {
        const auto dx = c.input_gradient(0).as();
        const float scale = scale_;
        kernels::apply(
            [=](const Floats& dy, Floats& to) __attribute__((always_inline)) { to = scale * dy; }, dx.size(),
            c.output_gradient(0).as().data(), dx.data());
    }

    float scale_;
    float offset_;
};

}  // namespace

void add_rescaling(Registry& registry) {
    registry.layer<Rescaling>("rescaling", "Brings raw values into another range, bytes too")
        .required("scale", AttributeSpec::Form::number, "factor; 0.00392156862745098 brings bytes to 0 .. 1")
        .attribute("offset", 0.0, "added afterwards")
        .any_element()
        .formula("y = scale x + offset")
        .shapes("x  [N, ...]  float32 or uint8\ny  [N, ...]");
}

}  // namespace plexus::preprocessing
