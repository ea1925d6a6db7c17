// Each rewrite of the plan against the plan without it: the same weights after some steps, to the bit where nothing is
// summed in another order, and within rounding where it is.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "plexus/text.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using test::Stepper;

namespace {

// Kernels large enough for tiles, dense and convolution; what can be done in place; chains of stages in a shard.
constexpr const char* network = R"(
data: {source: {synthetic: {shape: [6, 6, 64], classes: 10, samples: 96}}}
network:
  - conv2d: {name: wide, filters: 512, kernel_size: 3, activation: relu}
  - max_pool2d: {name: pool, pool_size: 2}
  - flatten
  - dropout: {rate: 0.25}
  - dense: {name: fc1, units: 64, activation: relu}
  - dense: {name: fc2, units: 10}
loss: softmax_cross_entropy
train: {epochs: 1, batch: 40, shard: 8, precision: PRECISION, optimizer: {sgd: {learning_rate: 0.05, momentum: 0.9}}}
)";

std::string of(const std::string& precision) {
    std::string text = network;
    return text.replace(text.find("PRECISION"), 9, precision);
}

std::vector<std::byte> after_steps(Stepper& stepper) {
    for (int i = 0; i < 3; ++i)
        stepper.step();
    return stepper.weights();
}

double distance(const std::vector<std::byte>& left, const std::vector<std::byte>& right) {
    std::vector<float> a(left.size() / sizeof(float)), b(a.size());
    REQUIRE(left.size() == right.size());
    std::memcpy(a.data(), left.data(), left.size());
    std::memcpy(b.data(), right.data(), right.size());
    double most = 0, scale = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        most = std::max(most, static_cast<double>(std::abs(a[i] - b[i])));
        scale = std::max(scale, static_cast<double>(std::abs(b[i])));
    }
    return most / scale;
}

std::size_t tile_stages(const Plan& plan) {
    std::size_t count = 0;
    for (const NodePlan& node : plan.nodes)
        for (const Stage& stage : node.stages)
            count += stage.over == Over::tile ? 1 : 0;
    return count;
}

/// Operations of which a result lies where what it was made of lay.
std::size_t in_place(const Plan& plan) {
    std::size_t count = 0;
    for (const Op& op : plan.ops) {
        if (op.kind != OpKind::stage)
            continue;
        const NodePlan& node = plan.nodes[op.node];
        const auto place = [&](const Operand& o) { return plan.slots[op.slots + node.operands.number(o)]; };
        for (const auto& [written, read] : node.stages[op.stage].in_place)
            count += place(written) == place(read) ? 1 : 0;
    }
    return count;
}

}  // namespace

TEST_CASE("rewrites: fusion makes few tasks of many operations, and changes no bit") {
    for (const char* precision : {"float32", "emulated_bf16"}) {
        CAPTURE(precision);
        Stepper with(of(precision), {});
        Stepper without(of(precision), {.rewrites = {.fuse = false}});
        CHECK(without.plan().tasks.size() == without.plan().ops.size());
        CHECK(without.plan().ops.size() == with.plan().ops.size());
        CHECK(with.plan().tasks.size() * 2 < without.plan().tasks.size());
        CHECK(after_steps(with) == after_steps(without));
    }
}

TEST_CASE("rewrites: what is done in place lies where it was, and changes no bit") {
    for (const char* precision : {"float32", "emulated_bf16"}) {
        CAPTURE(precision);
        Stepper with(of(precision), {});
        Stepper without(of(precision), {.rewrites = {.in_place = false}});
        CHECK(in_place(with.plan()) > 0);
        CHECK(in_place(without.plan()) == 0);
        CHECK(after_steps(with) == after_steps(without));
    }
}

TEST_CASE("rewrites: a large kernel is read once for a group of shards, also where its gradient is one of several") {
    constexpr const char* residual = R"(
data: {source: {synthetic: {shape: [48], classes: 10, samples: 96}}}
network:
  - dense: {name: narrow, units: 1024, activation: relu}
  - dense: {name: large, units: 1024}
  - add: {name: sum, inputs: [large, narrow]}
  - dense: {name: scores, units: 10}
loss: softmax_cross_entropy
train: {epochs: 1, batch: 40, shard: 8, optimizer: {sgd: {learning_rate: 0.05}}}
)";
    Stepper with(residual, {}), without(residual, {.rewrites = {.tile = false}});
    CHECK(tile_stages(with.plan()) == tile_stages(without.plan()) + 4);  // forward, data, two gradients
    const double apart = distance(after_steps(with), after_steps(without));
    CHECK(apart > 0);
    CHECK(apart < 1e-5);
}

TEST_CASE("rewrites: gradients in tiles over the batch are those of the shards, summed in another order") {
    for (const char* precision : {"float32", "emulated_bf16"}) {
        CAPTURE(precision);
        Stepper with(of(precision), {});
        Stepper without(of(precision), {.rewrites = {.tile = false}});
        CHECK(tile_stages(with.plan()) == 2);
        CHECK(tile_stages(without.plan()) == 0);
        const double apart = distance(after_steps(with), after_steps(without));
        CHECK(apart > 0);
        // In bf16, a sum that rounds the other way can put an activation at the other side of a half.
        CHECK(apart < (precision == std::string("float32") ? 1e-5 : 1e-3));
    }
}

TEST_CASE("rewrites: a prediction for one shard is the same bits, cut along channels or not") {
    std::string one_shard = of("float32");
    one_shard.replace(one_shard.find("batch: 40"), 9, "batch: 8");
    Stepper stepper(one_shard, {});
    after_steps(stepper);
    CHECK(stepper.infer() == stepper.infer({.tile = false}));
}

TEST_CASE("rewrites: without any of them, results are still within rounding") {
    Stepper with(of("float32"), {});
    Stepper without(of("float32"), {.rewrites = {.absorb = false, .fuse = false, .tile = false, .in_place = false}});
    CHECK(distance(after_steps(with), after_steps(without)) < 1e-5);
}

TEST_CASE("rewrites: a kernel beyond a core's cache goes over groups only where no shard must put much aside") {
    const auto program = [](const char* filters, const char* batch) {
        return text(
            "data: {source: {synthetic: {shape: [32, 32, 1], classes: 10, samples: 64}}}\nnetwork:\n  - conv2d: "
            "{filters: ",
            filters,
            ", kernel_size: 1}\n  - global_average_pool2d\n  - dense: {units: 512}\n"
            "  - dense: {units: 512}\n  - dense: {units: 10}\nloss: softmax_cross_entropy\n"
            "train: {epochs: 1, batch: ",
            batch, ", shard: 8, optimizer: {sgd: {learning_rate: 0.05}}}\n");
    };
    Stepper in_groups(program("1", "64"), {}), of_large(program("32", "64"), {}), uneven(program("1", "60"), {});
    CHECK(tile_stages(in_groups.plan()) == 3);  // forward, data, gradient
    CHECK(tile_stages(of_large.plan()) == 1);   // what comes before it is 8 MiB
    CHECK(tile_stages(uneven.plan()) == 1);     // a group would end within a shard
    // A row's bits do not depend on its group.
    Stepper alone(program("1", "64"), {.threads = 1});
    CHECK(after_steps(in_groups) == after_steps(alone));
}
