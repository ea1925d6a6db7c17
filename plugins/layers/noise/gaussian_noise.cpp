#include <cstring>

#include "draws.hpp"
#include "noise.hpp"

namespace plexus::noise {
namespace {

/// Adds normally distributed numbers, in training alone; otherwise y = x.
///   x  [N, ...]  float32
///   y  like x
/// backward() assigns dx = dy. Works in place in its backward pass.
struct GaussianNoise final : Layer {
    explicit GaussianNoise(const Attributes& a) : deviation_{a.get<float>("stddev")} {}

    void infer(InferContext& c) const override { c.output(0, c.input(0)); }

    [[nodiscard]] Traits traits() const override {
        return {.backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const ForwardContext& c) const override {
        const auto x = c.input(0).as();
        const auto y = c.output(0).as();
        if (!c.training()) {
            std::memcpy(y.data(), x.data(), x.size_bytes());
            return;
        }
        draw_normal(c, c.samples(), y, 0, deviation_);
        for (std::size_t i = 0; i < y.size(); ++i)
            y[i] += x[i];
    }

    void backward(const BackwardContext& c) const override {
        const auto dy = c.output_gradient(0).as();
        if (c.input_gradient(0).data != nullptr)
            std::memcpy(c.input_gradient(0).data, dy.data(), dy.size_bytes());
    }

    float deviation_;
};

}  // namespace

void add_gaussian_noise(Registry& registry) {
    registry.layer<GaussianNoise>("gaussian_noise", "Adds normally distributed numbers in training")
        .required("stddev", AttributeSpec::Form::number, "their standard deviation")
        .at_least(0)
        .formula("y = x + N(0, stddev^2); y = x outside of training")
        .shapes("x  [N, ...]\ny  [N, ...]");
}

}  // namespace plexus::noise
