// Law 1: the core is ignorant. What it knew of a type by its name would show when all types have other names.
#include <doctest/doctest.h>

#include <regex>

#include "tests/support/stepper.hpp"

using namespace plexus;

namespace {

// @ stands where a type's name begins. Nodes are named, for random streams follow the names of nodes.
constexpr const char* program = R"(
data: {source: {@synthetic: {shape: [8, 8, 2], classes: 4, samples: 96}}}
network:
  - @conv2d: {name: c1, filters: 6, kernel_size: 3, activation: @relu, kernel_initializer: @he_normal}
  - @batch_normalization: {name: b1}
  - @dropout: {name: d1, rate: 0.25}
  - @conv2d: {name: c2, filters: 6, kernel_size: 3, padding: same}
  - @add: {name: a1, inputs: [c2, d1]}
  - @average_pool2d: {name: p1, pool_size: 2}
  - @flatten: {name: f1}
  - @dense: {name: fc, units: 4}
loss: {@softmax_cross_entropy: {label_smoothing: 0.1}}
metrics: [@accuracy, @top_k_accuracy: {k: 2}]
train:
  epochs: 1
  batch: 32
  shard: 8
  optimizer:
    @swa:
      base: {@sgd: {learning_rate: {@cosine: {initial: 0.1, warmup: {step: 3}}}, momentum: 0.9, clip_norm: 5}}
      start: {step: 2}
      frequency: {step: 2}
)";

std::vector<std::byte> after_steps(const std::string& prefix, const Environment& environment) {
    test::Stepper stepper(std::regex_replace(std::string(program), std::regex("@"), prefix), {}, environment);
    for (int i = 0; i < 6; ++i)
        stepper.step();
    return stepper.weights();
}

}  // namespace

TEST_CASE("law 1: shipped plugins under other names give the same bits") {
    const Environment renamed(Environment::Options{.rename_prefix = "x_"});
    CHECK(after_steps("x_", renamed) == after_steps("", test::shipped_plugins()));
}
