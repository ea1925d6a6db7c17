#include <cstring>

#include "gradient.hpp"

namespace plexus::gradient {
namespace {

/// Lets values through, and no gradient: nothing before it learns from what comes after.
///   x  [N, ...]  float32
///   y  like x
/// Works in place.
struct StopGradient final : Layer {
    explicit StopGradient(const Attributes&) {}

    void infer(InferContext& c) const override {
        c.output(0, c.input(0));
        c.no_gradient(0);
    }

    [[nodiscard]] Traits traits() const override {
        return {.in_place = true, .backward_reads_inputs = false, .backward_reads_outputs = false};
    }

    void forward(const ForwardContext& c) const override {
        if (c.input(0).data != c.output(0).data)
            std::memcpy(c.output(0).data, c.input(0).data, c.input(0).type.bytes());
    }

    void backward(const BackwardContext&) const override {}
};

}  // namespace

void add_stop_gradient(Registry& registry) {
    registry.layer<StopGradient>("stop_gradient", "Lets values through, and no gradient")
        .formula("y = x, dx = 0")
        .shapes("x  [N, ...]\ny  [N, ...]");
}

}  // namespace plexus::gradient
