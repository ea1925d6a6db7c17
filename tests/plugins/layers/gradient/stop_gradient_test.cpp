#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/layer_under_test.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("stop_gradient: lets values through as they are") {
    LayerUnderTest layer{"stop_gradient", "", {{{3, 5}, Element::float32}}};
    layer.randomize();
    layer.run();
    CHECK(std::ranges::equal(layer.output().as(), layer.input(0).as()));
}

TEST_CASE("stop_gradient: nothing before it changes, what comes after it does") {
    Stepper stepper(R"(
data: {source: {synthetic: {shape: [6], classes: 3, samples: 32}}}
network:
  - dense: {name: before, units: 4}
  - stop_gradient
  - dense: {name: after, units: 3}
loss: softmax_cross_entropy
train: {epochs: 1, batch: 16, shard: 8, optimizer: {adam: {learning_rate: 0.1}}}
)",
                    {});
    const auto copy = [&](const std::string& path) {
        const auto values = stepper.parameter(path);
        return std::vector<float>(values.begin(), values.end());
    };
    const auto before = copy("main/before/kernel"), after = copy("main/after/kernel");
    stepper.step();
    CHECK(copy("main/before/kernel") == before);
    CHECK(copy("main/after/kernel") != after);
}
