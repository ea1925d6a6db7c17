// Nodes that do their neighbours' work: the same results as without, and only where nobody sees the difference.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/stepper.hpp"

using namespace plexus;
using test::Stepper;

namespace {

// Every way in which a shipped layer takes a neighbour in: relu into pooling, relu and leaky relu into batch
// normalisation, and outside of training both into convolutions of all kinds and into dense layers.
constexpr const char* network = R"(
data: {source: {synthetic: {shape: [12, 12, 3], classes: 4, samples: 64}}}
network:
  - conv2d: {name: first, filters: 16, kernel_size: 3, padding: same, use_bias: false}
  - batch_normalization: {name: bn1}
  - relu: {name: relu1}
  - conv2d: {name: second, filters: 32, kernel_size: 3, activation: relu}
  - max_pool2d: {name: pool, pool_size: 2}
  - depthwise_conv2d: {name: depthwise, kernel_size: 3, padding: same}
  - batch_normalization: {name: bn2, scale: false}
  - relu
  - conv2d: {name: pointwise, filters: 24, kernel_size: 1}
  - batch_normalization: {name: bn3, center: false}
  - leaky_relu: {name: leaky, negative_slope: 0.2}
  - conv2d_transpose: {name: up, filters: 6, kernel_size: 2, strides: 2}
  - batch_normalization: {name: bn4}
  - relu
  - flatten
  - dense: {name: fc1, units: 20}
  - batch_normalization: {name: bn5}
  - relu
  - dense: {name: fc2, units: 4}
loss: softmax_cross_entropy
train: {epochs: 1, batch: BATCH, shard: 8, optimizer: {sgd: {learning_rate: 0.05}}}
)";

std::string with_batch(const std::string& batch) {
    std::string text = network;
    return text.replace(text.find("BATCH"), 5, batch);
}

/// The node that does the work of a node named `guest`, or "".
std::string host_of(const Plan& plan, const Model& model, const std::string& guest) {
    for (const NodePlan& node : plan.nodes)
        for (const std::size_t n : node.guests)
            if (model.graph().node(n).name == guest)
                return model.graph().node(node.number).name;
    return "";
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

TEST_CASE("absorb: in training, pooling and batch normalisation do a rectifier's work, and weights are the same bits") {
    Stepper with(with_batch("24"), {});
    Stepper without(with_batch("24"), {.rewrites = {.absorb = false}});
    CHECK(host_of(with.plan(), with.model(), "second_relu") == "pool");
    CHECK(host_of(with.plan(), with.model(), "bn1") == "");
    CHECK(host_of(with.plan(), with.model(), "relu1") == "bn1");
    CHECK(host_of(with.plan(), with.model(), "leaky") == "bn3");
    CHECK(host_of(without.plan(), without.model(), "second_relu") == "");
    for (int i = 0; i < 4; ++i) {
        with.step();
        without.step();
    }
    CHECK(with.weights() == without.weights());
}

TEST_CASE("absorb: in inference, folded normalisations and relus agree with the layers themselves") {
    for (const char* batch : {"24", "8", "1"}) {
        CAPTURE(batch);
        Stepper stepper(with_batch(batch), {});
        for (int i = 0; i < 5; ++i)
            stepper.step();
        const std::vector<float> folded = stepper.infer();
        const std::vector<float> plain = stepper.infer({.absorb = false});
        REQUIRE(folded.size() == plain.size());
        // Each fold rounds the kernel anew: five of them stay within a few units in the sixth digit.
        CHECK(distance(folded, plain) < 2e-5);
        CHECK(distance(folded, plain) > 0);
    }
}

TEST_CASE("absorb: what somebody else reads, or asks for, stays") {
    Stepper stepper(R"(
data: {source: {synthetic: {shape: [6, 6, 2], classes: 3, samples: 8}}}
network:
  - conv2d: {name: conv, filters: 4, kernel_size: 3, padding: same}
  - relu: {name: cut}
  - max_pool2d: {name: pool, pool_size: 2}
  - flatten: {name: pooled}
  - flatten: {name: seen, inputs: cut}
  - concatenate: {inputs: [pooled, seen]}
  - dense: {units: 3}
loss: softmax_cross_entropy
train: {epochs: 1, batch: 8, optimizer: {sgd: {learning_rate: 0.05}}}
)",
                    {});
    CHECK(host_of(stepper.plan(), stepper.model(), "cut") == "");
    CHECK(stepper.infer() == stepper.infer({.absorb = false}));
}
