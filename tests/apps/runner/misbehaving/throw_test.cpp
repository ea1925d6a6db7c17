// A plugin that throws: the node, its place and the text, and the last checkpoint is as it was.
#include <doctest/doctest.h>

#include "plexus/text.hpp"
#include "tests/apps/runner/misbehaving/graph.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

struct Thrown {
    const char* how;
    const char* said;
    bool is_input;  // says that the input is at fault
};

const Thrown kinds[] = {
    {"exception", "planted", false},
    {"run_error", "planted", false},
    {"input_error", "planted", true},
    {"memory", "is out of memory", false},
    {"number", "threw something that is no exception", false},
};

}  // namespace

TEST_CASE("what a layer throws in a step is exit 1, with its place, and leaves the checkpoint") {
    for (const char* at : {"forward", "backward"})
        for (const Thrown& kind : kinds) {
            CAPTURE(at);
            CAPTURE(kind.how);
            const WildGraph graph{{.layer = text("{name: w1, after: 2, at: ", at, ", how: ", kind.how, "}")}};
            const Outcome outcome = graph.train();
            CHECK(outcome.code == 1);
            CHECK_MESSAGE(outcome.err.ends_with(text("\ngraph.yaml:4:5: wild 'w1': ", kind.said, "\n")), outcome.err);
            CHECK(graph.has_checkpoint());
        }
}

TEST_CASE("what a layer throws while it is made or planned is exit 2 where the input may be at fault") {
    for (const auto& [at, title] :
         {std::pair{"constructor", "wild"}, std::pair{"infer", "wild 'w1'"}, std::pair{"plan", "wild 'w1'"}})
        for (const Thrown& kind : kinds) {
            CAPTURE(at);
            CAPTURE(kind.how);
            const Outcome outcome = WildGraph{{.layer = text("{name: w1, at: ", at, ", how: ", kind.how, "}")}}.train();
            // A shape is the input's, and so may be whatever a layer says of it.
            const bool of_shapes = at != std::string{"constructor"} &&
                                   (kind.how == std::string{"exception"} || kind.how == std::string{"number"});
            CHECK(outcome.code == (kind.is_input || of_shapes ? 2 : 1));
            CHECK(outcome.out == "");
            CHECK(outcome.err == text("graph.yaml:4:5: ", title, ": ", kind.said, "\n"));
        }
}

TEST_CASE("what an optimizer throws names the parameter that it was to update") {
    for (const Thrown& kind : kinds) {
        CAPTURE(kind.how);
        const WildGraph graph{{.optimizer = text("{how: ", kind.how, "}")}};
        const Outcome outcome = graph.train();
        CHECK(outcome.code == 1);
        CHECK_MESSAGE(outcome.err.ends_with(
                          text("\ngraph.yaml:11:15: wild_descent: update of dense 'fc1', kernel: ", kind.said, "\n")),
                      outcome.err);
    }
    const Outcome outcome = WildGraph{{.optimizer = "{how: number, at: begin_step}"}}.train();
    CHECK(outcome.code == 1);
    CHECK_MESSAGE(outcome.err.ends_with("\ngraph.yaml:11:15: wild_descent: threw something that is no exception\n"),
                  outcome.err);
}

TEST_CASE("what a data set throws names the sample") {
    for (const Thrown& kind : kinds) {
        CAPTURE(kind.how);
        const WildGraph graph{{.dataset = text("{how: ", kind.how, "}")}};
        const Outcome outcome = graph.train();
        CHECK(outcome.code == 1);
        CHECK_MESSAGE(
            outcome.err.ends_with(text("\ngraph.yaml:1:17: wild_data: sample 3 of data.source: ", kind.said, "\n")),
            outcome.err);
    }
}

TEST_CASE("a sample that makes a data set throw is skipped where that is asked for, whatever it throws") {
    for (const Thrown& kind : kinds) {
        CAPTURE(kind.how);
        const WildGraph graph{{.dataset = text("{how: ", kind.how, "}"), .data = ", on_bad_sample: skip"}};
        const Outcome outcome = graph.train();
        CHECK(outcome.code == 0);
        CHECK_MESSAGE(outcome.err.find("1 samples could not be read and were skipped: 3\n") != std::string::npos,
                      outcome.err);
    }
}

TEST_CASE("what an initializer throws names the parameter") {
    const Outcome outcome = WildGraph{{.initializer = "{how: exception}"}}.train();
    CHECK(outcome.code == 1);
    CHECK(outcome.err == "graph.yaml:3:55: wild_start of dense 'fc1', kernel: planted\n");
}
