#include "core/execute/executor.hpp"

#include <doctest/doctest.h>

#include <chrono>

#include "tests/support/stepper.hpp"

using namespace plexus;
using test::Stepper;

TEST_CASE("executor: training lowers the loss and every gradient is finite") {
    for (const auto& program : test::small_programs()) {
        CAPTURE(program.name);
        Stepper stepper(program.text, {});
        for (int i = 0; i < 5; ++i) {
            const StepOutcome outcome = stepper.step();
            CHECK(outcome.finite_loss);
            CHECK_FALSE(outcome.bad_update.has_value());
        }
    }
}

TEST_CASE("executor: as many workers as asked for take part") {
    for (const std::size_t threads : {1, 2, 3, 8}) {
        CAPTURE(threads);
        Stepper stepper(test::small_programs()[1].text, {.threads = threads});
        const std::uint64_t all = (std::uint64_t{1} << threads) - 1;
        // A busy machine lets one worker do all of many steps: when the others come is not the executor's to say.
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
        while (stepper.workers_seen() != all && std::chrono::steady_clock::now() < deadline)
            stepper.step();
        CHECK(stepper.workers_seen() == all);
    }
}

TEST_CASE("executor: a layer's exception comes home with the node's place, and the next step works") {
    // Class 7 of 8 meets a network with four outputs.
    Stepper stepper(R"(
data: {source: {synthetic: {shape: [6], classes: 8, samples: 32}}}
network: [{dense: {name: few, units: 4}}]
loss: softmax_cross_entropy
train: {epochs: 1, batch: 32, shard: 8, optimizer: sgd}
)",
                    {});
    for (int i = 0; i < 2; ++i) {
        std::string message;
        try {
            stepper.step();
        } catch (const RunError& error) {
            message = error.what();
        }
        CHECK(message.starts_with("test.yaml:4:7: softmax_cross_entropy 'softmax_cross_entropy': "));
    }
}

TEST_CASE("executor: on a loss that is not finite nothing is updated") {
    Stepper stepper(R"(
data: {source: {synthetic: {shape: [6], classes: 3, samples: 32}}}
network: [{rescaling: {scale: 1.0e+38}}, {rescaling: {scale: 1.0e+38}}, {dense: {units: 3}}]
loss: softmax_cross_entropy
train: {epochs: 1, batch: 32, shard: 8, optimizer: {sgd: {learning_rate: 1.0, momentum: 0.9}}}
)",
                    {});
    const auto before = stepper.weights();
    CHECK_FALSE(stepper.step().finite_loss);
    CHECK(stepper.weights() == before);
}
