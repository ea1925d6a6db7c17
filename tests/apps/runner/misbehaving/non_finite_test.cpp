// A plugin that writes NaN: the first tensor that holds one is named, and no checkpoint does.
#include <doctest/doctest.h>

#include "plexus/text.hpp"
#include "tests/apps/runner/misbehaving/graph.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

// After the first epoch was saved.
void check_report(const WildGraph::Faults& faults, const std::string& report) {
    CAPTURE(report);
    const WildGraph graph{faults};
    const Outcome outcome = graph.train();
    CHECK(outcome.code == 1);
    CHECK_MESSAGE(outcome.err.ends_with("\n" + report + "; the last checkpoint stays: run/last.h5\n"), outcome.err);
    const Outcome inside = graph.runner({"inspect", "run/last.h5", "/networks/main/fc1/kernel"});
    CHECK(inside.code == 0);
    CHECK_MESSAGE(inside.out.find("nan") == std::string::npos, inside.out);
}

}  // namespace

TEST_CASE("a NaN in a forward pass: step, epoch, node and output") {
    check_report(
        {.layer = "{name: w1, how: nan, after: 2}"},
        "step 3, epoch 2: the loss is not finite; the first value that is not: wild 'w1', forward: output 0 of "
        "sample 0, at [0] of [4]; nothing was updated by this step. A smaller learning rate, clip_norm, or a look at "
        "the data may help");
}

TEST_CASE("a NaN in a backward pass: the gradient where it came up, not only the parameter that it reached") {
    check_report(
        {.layer = "{name: w1, how: nan, at: backward, after: 2}"},
        "step 3, epoch 2: the gradient of dense 'fc1', kernel is not finite; the first value that is not: wild "
        "'w1', backward: gradient of input 0 of sample 0, at [0] of [4]; these weights were not updated. A smaller "
        "learning rate or "
        "clip_norm may help");
}

TEST_CASE("a NaN in the data: the tensor") {
    check_report({.dataset = "{how: nan, after: 1}"},
                 "step 3, epoch 2: the loss is not finite; the first value that is not: the data, 'x'; nothing was "
                 "updated by this step. A smaller learning rate, clip_norm, or a look at the data may help");
}

TEST_CASE("a NaN of an update: the parameter, in the step after it") {
    check_report({.optimizer = "{how: nan, after: 8}"},
                 "step 4, epoch 2: the loss is not finite; the first value that is not: dense 'fc1', kernel, as it was "
                 "before this step; nothing was updated by this step. A smaller learning rate, clip_norm, or a look at "
                 "the data may help");
}

TEST_CASE("a NaN of the last update before a save is not saved") {
    check_report(
        {.optimizer = "{how: nan, after: 12}"},
        "graph.yaml:11:15: wild_descent: left dense 'fc1', kernel with a value that is not finite by step 4; it "
        "is not saved");
}
