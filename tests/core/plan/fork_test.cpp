#include <doctest/doctest.h>

#include "tests/support/stepper.hpp"

using namespace plexus;

namespace {

std::vector<std::byte> after(const std::string& network, int steps) {
    test::Stepper stepper("data: {source: {synthetic: {shape: [6], classes: 3, samples: 32}}}\nnetwork:\n" + network +
                              "loss: softmax_cross_entropy\n"
                              "train: {epochs: 1, batch: 32, shard: 8, optimizer: {sgd: {learning_rate: 0.5}}}\n",
                          {});
    for (int i = 0; i < steps; ++i)
        stepper.step();
    return stepper.weights();
}

}  // namespace

TEST_CASE("fork: gradients of an output with two readers are added") {
    // x + x is 2 x: the same network with the weights of its first layer doubled in effect. Powers of two are exact.
    const auto twice = after(
        "  - dense: {name: a, units: 4, use_bias: false}\n  - add: {inputs: [a, a]}\n"
        "  - dense: {name: b, units: 3}\n",
        3);
    const auto scaled = after(
        "  - dense: {name: a, units: 4, use_bias: false}\n  - rescaling: {scale: 2.0}\n"
        "  - dense: {name: b, units: 3}\n",
        3);
    CHECK(twice == scaled);
}
