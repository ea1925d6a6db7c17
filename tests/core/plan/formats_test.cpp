// Plans of less than float32: which edges are bfloat16, and what comes of it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "tests/support/stepper.hpp"

using namespace plexus;
using test::Stepper;

namespace {

// Every shipped layer that takes bfloat16, a fork between two of them, and one that does not (batch normalisation).
constexpr const char* network = R"(
data: {source: {synthetic: {shape: [12, 12, 3], classes: 4, samples: 64}}}
network:
  - conv2d: {name: first, filters: 16, kernel_size: 3, padding: same, activation: relu}
  - conv2d: {name: left, filters: 16, kernel_size: 3, padding: same}
  - add: {name: sum, inputs: [left, first_relu]}
  - leaky_relu: {name: leaky}
  - conv2d: {name: right, filters: 8, kernel_size: 1}
  - concatenate: {name: both, inputs: [right, sum]}
  - max_pool2d: {name: pool, pool_size: 2}
  - depthwise_conv2d: {name: depthwise, kernel_size: 3, padding: same}
  - batch_normalization: {name: bn}
  - relu: {name: bn_relu}
  - conv2d_transpose: {name: up, filters: 6, kernel_size: 2, strides: 2}
  - max_pool2d: {name: overlapping, pool_size: 3, strides: 2}
  - flatten: {name: flat}
  - dropout: {name: drop, rate: 0.25}
  - dense: {name: fc1, units: 20, activation: relu}
  - dense: {name: fc2, units: 4}
loss: softmax_cross_entropy
train: {epochs: 1, batch: 24, shard: 8, precision: PRECISION, optimizer: {sgd: {learning_rate: 0.05}}}
)";

std::string of(const std::string& precision) {
    std::string text = network;
    return text.replace(text.find("PRECISION"), 9, precision);
}

Element output_of(const Stepper& stepper, const std::string& name) {
    for (const NodePlan& node : stepper.plan().nodes)
        if (stepper.model().graph().node(node.number).name == name)
            return node.types[node.operands.number({Operand::Role::output, 0})].element;
    FAIL("no node ", name);
    return {};
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
    double most = 0, scale = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        most = std::max(most, static_cast<double>(std::abs(a[i] - b[i])));
        scale = std::max(scale, static_cast<double>(std::abs(b[i])));
    }
    return most / scale;
}

}  // namespace

TEST_CASE("formats: an edge is bfloat16 where all layers that meet there allow it") {
    const Stepper stepper(of("emulated_bf16"), {});
    for (const char* name : {"first", "first_relu", "left", "sum", "leaky", "right", "both", "pool", "up",
                             "overlapping", "flat", "drop", "fc1", "fc1_relu"}) {
        CAPTURE(name);
        CHECK(output_of(stepper, name) == Element::bfloat16);
    }
    // A normalisation computes with float32, with the relu that it does as well, and a loss reads float32.
    for (const char* name : {"depthwise", "bn", "fc2", "softmax_cross_entropy"}) {
        CAPTURE(name);
        CHECK(output_of(stepper, name) == Element::float32);
    }
    const Stepper whole(of("float32"), {});
    for (const NodePlan& node : whole.plan().nodes)
        for (const TensorType& type : node.types)
            CHECK(type.element != Element::bfloat16);
    CHECK(stepper.plan().arena_bytes < whole.plan().arena_bytes);
}

TEST_CASE("formats: a gradient is what the tensor is; parameters, their gradients and slots are float32") {
    const Stepper stepper(of("emulated_bf16"), {});
    for (const NodePlan& node : stepper.plan().nodes) {
        const auto type = [&](Operand::Role role, std::size_t i) {
            return node.types[node.operands.number({role, i})].element;
        };
        for (std::size_t i = 0; i < node.signature.inputs.size(); ++i)
            CHECK(type(Operand::Role::input_gradient, i) == type(Operand::Role::input, i));
        for (std::size_t i = 0; i < node.signature.outputs.size(); ++i)
            CHECK(type(Operand::Role::output_gradient, i) == type(Operand::Role::output, i));
        for (std::size_t i = 0; i < node.signature.parameters.size(); ++i) {
            CHECK(type(Operand::Role::parameter, i) == Element::float32);
            CHECK(type(Operand::Role::parameter_gradient, i) == Element::float32);
        }
    }
}

TEST_CASE("formats: training in bf16 follows training in float32, within what bfloat16 can tell apart") {
    Stepper half(of("emulated_bf16"), {});
    Stepper whole(of("float32"), {});
    const double untrained = distance(half.infer(), whole.infer());
    CHECK(untrained > 1e-6);
    CHECK(untrained < 0.02);
    for (int i = 0; i < 4; ++i) {
        half.step();
        whole.step();
    }
    CHECK(distance(half.infer(), whole.infer()) < 0.15);
    // Rounding between an absorbed relu and its host, or not, changes no number: a relu of a rounded number is rounded.
    Stepper alone(of("emulated_bf16"), {.rewrites = {.absorb = false}});
    for (int i = 0; i < 4; ++i)
        alone.step();
    CHECK(alone.weights() == half.weights());
}
