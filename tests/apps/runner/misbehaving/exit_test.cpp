// A plugin stays loaded until the process ends, and its static objects and those of threads go in an order that works.
#include <doctest/doctest.h>

#include "tests/apps/runner/misbehaving/graph.hpp"

using namespace plexus::test;

namespace {

void cycle(const WildGraph& graph, int times) {
    for (int i = 0; i < times; ++i) {
        const Outcome outcome =
            graph.train({"--set", "train.epochs=1", "--set", "train.shard=2", "--overwrite", "--quiet"});
        REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    }
}

}  // namespace

TEST_CASE("load, train two steps on two threads with a plugin that holds objects, exit: well, each time") {
    cycle(WildGraph{{}}, 5);
}

TEST_SUITE("slow") {
    TEST_CASE("... 200 times") {
        cycle(WildGraph{{}}, 200);
    }
}
