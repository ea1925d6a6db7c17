// A plugin that crashes: before the process dies, it says where, and what is left.
#include <doctest/doctest.h>
#include <signal.h>

#include "plexus/text.hpp"
#include "tests/apps/runner/misbehaving/graph.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

struct Signal {
    const char* how;
    int number;
    const char* said;
};

const Signal signals[] = {
    {"segv", SIGSEGV, "SIGSEGV, it used memory that is not its own"},
    {"bus", SIGBUS, "SIGBUS, it used memory that is not there"},
    {"fpe", SIGFPE, "SIGFPE, it divided a whole number by zero, or the result does not fit"},
    {"ill", SIGILL, "SIGILL, it ran an instruction that there is not, or a trap"},
    {"abort", SIGABRT, "SIGABRT, it called abort(), or threw where nothing may be thrown"},
    {"overflow", SIGSEGV,
     "SIGSEGV, its stack ran over: a recursion without an end, or an array that is too large for a stack"},
};

std::string advice() {
    return text("  what to do  runner check ", WildGraph::plugin(), "; report the fault to the plugin's author\n");
}

std::string file_line() {
    return text("  plugin      ", WildGraph::plugin(), "\n");
}

}  // namespace

TEST_CASE("a crash in a step names node, plugin, pass, step and last checkpoint, and ends as the signal does") {
    for (const Signal& signal : signals) {
        CAPTURE(signal.how);
        const WildGraph graph{{.layer = text("{name: w1, after: 2, how: ", signal.how, "}")}};
        const Outcome outcome = graph.train();
        CHECK(outcome.code == 128 + signal.number);
        const std::string report = text(
            "graph.yaml:4:5: wild 'w1': crashed in its forward pass, stage 'forward', samples 0 to 7: ", signal.said,
            "\n", file_line(), "  step        3, epoch 2\n  checkpoint  run/last.h5, of step 2\n", advice());
        CHECK_MESSAGE(outcome.err.ends_with(report), outcome.err);
        CHECK(graph.has_checkpoint());
    }
}

TEST_CASE("a crash in a scan names the node inside and its step, also backward") {
    for (const std::string at : {"forward", "backward"}) {
        CAPTURE(at);
        const WildGraph graph{{}};
        const std::string block = text(
            "network.1={block: {nodes: [reshape: {target_shape: [2, 2]}, scan: {network: [wild: {name: w, how: "
            "segv, after: 5, inputs: h, at: ",
            at, "}, add: {name: sum, inputs: [w, input]}], states: {h: 2}, next: {h: sum}}]}}");
        const Outcome outcome = graph.train({"--set", block});
        CHECK(outcome.code == 128 + SIGSEGV);
        CHECK_MESSAGE(outcome.err.find(text("wild 'w': crashed in its ", at, " pass, stage '", at, "', step ")) !=
                          std::string::npos,
                      outcome.err);
    }
}

TEST_CASE("a stack that ran over is reported from any thread") {
    for (const char* threads : {"1", "2", "4"}) {
        CAPTURE(threads);
        const WildGraph graph{{.layer = "{name: w1, how: overflow, at: backward}"}};
        const Outcome outcome = graph.train({"--set", "train.shard=2", "--threads", threads});
        CHECK(outcome.code == 128 + SIGSEGV);
        CHECK_MESSAGE(
            outcome.err.find("graph.yaml:4:5: wild 'w1': crashed in its backward pass, stage 'backward', samples ") !=
                std::string::npos,
            outcome.err);
        CHECK_MESSAGE(outcome.err.find("its stack ran over") != std::string::npos, outcome.err);
        CHECK_MESSAGE(outcome.err.find("  step        1, epoch 1\n  checkpoint  none yet\n") != std::string::npos,
                      outcome.err);
    }
}

TEST_CASE("a crash in an update, in a data set, or outside of a step is told as what it is") {
    struct Case {
        WildGraph::Faults faults;
        const char* place;
        const char* notes;  // of the run, where there is one already
    };
    const char* first_step = "  step        1, epoch 1\n  checkpoint  none yet\n";
    const Case cases[] = {
        {{.optimizer = "{how: segv}"}, "graph.yaml:11:15: wild_descent: crashed while it updated ", first_step},
        {{.optimizer = "{how: segv, at: begin_step}"},
         "graph.yaml:11:15: wild_descent: crashed while it began a step: SIGSEGV",
         first_step},
        {{.dataset = "{how: segv}"},
         "graph.yaml:1:17: wild_data: crashed while it read sample 3 of data.source: SIGSEGV",
         first_step},
        {{.dataset = "{how: segv, at: constructor}"},
         "graph.yaml:1:17: wild_data: crashed in its constructor: SIGSEGV",
         ""},
        {{.layer = "{how: segv, at: constructor}"}, "graph.yaml:4:5: wild: crashed in its constructor: SIGSEGV", ""},
        {{.layer = "{name: w1, how: overflow, at: infer}"},
         "graph.yaml:4:5: wild 'w1': crashed while it was asked for its shapes: SIGSEGV, its stack ran over",
         ""},
        {{.layer = "{name: w1, how: segv, at: plan}"},
         "graph.yaml:4:5: wild 'w1': crashed while it was planned: SIGSEGV",
         ""},
        {{.initializer = "{how: segv}"},
         "graph.yaml:3:55: wild_start of dense 'fc1', kernel: crashed while it filled a parameter: SIGSEGV",
         ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.place);
        const Outcome outcome = WildGraph{c.faults}.train();
        CHECK(outcome.code == 128 + SIGSEGV);
        const auto begin = outcome.err.find(c.place);
        CHECK_MESSAGE(begin != std::string::npos, outcome.err);
        CHECK_MESSAGE(outcome.err.ends_with(file_line() + c.notes + advice()), outcome.err);
    }
}

TEST_CASE("a plugin that crashes while it is opened or registers its types is named") {
    const WildGraph graph{{}};
    for (const auto& [time, said] : {std::pair{"opened", "opened"}, std::pair{"registering", "registered its types"}}) {
        CAPTURE(time);
        const Outcome outcome = graph.runner({"plugins"}, {{"MISBEHAVE", time}});
        CHECK(outcome.code == 128 + SIGSEGV);
        CHECK(outcome.out == "");
        CHECK(outcome.err == text(WildGraph::plugin(), ": crashed while it ",
                                  time == std::string{"opened"} ? "was " : "", said,
                                  ": SIGSEGV, it used memory that is not its own\n", file_line(), advice()));
    }
}

TEST_CASE("a crash in a thread that the plugin started, or after main(), is known by the address of the code") {
    const std::string report = text(WildGraph::plugin(),
                                    ": crashed without having been asked for anything, perhaps in a thread of its own: "
                                    "SIGSEGV, it used memory that is not its own\n",
                                    advice());
    const Outcome thread = WildGraph{{.layer = "{name: w1, how: thread}"}}.train();
    CHECK(thread.code == 128 + SIGSEGV);
    CHECK_MESSAGE(thread.err.ends_with("\n" + report), thread.err);
    const Outcome end = WildGraph{{}}.runner({"plugins"}, {{"MISBEHAVE", "closed"}});
    CHECK(end.code == 128 + SIGSEGV);
    CHECK(end.err == report);
}

TEST_CASE("a crash is reported by every command that runs a plugin's code") {
    const WildGraph graph{{}};
    REQUIRE(graph.train().code == 0);
    const std::string crash = "network.wild_1.how=segv";
    for (const std::vector<std::string>& words : {std::vector<std::string>{"bench", "graph.yaml", "--set", crash},
                                                  {"evaluate", "run/last.h5", "--set", crash}}) {
        CAPTURE(words.front());
        const Outcome outcome = graph.runner(words);
        CHECK(outcome.code == 128 + SIGSEGV);
        CHECK_MESSAGE(outcome.err.find("wild 'wild_1': crashed in its forward pass, stage 'forward', samples 0 to 7: "
                                       "SIGSEGV") != std::string::npos,
                      outcome.err);
        CHECK_MESSAGE(outcome.err.ends_with(file_line() + advice()), outcome.err);
    }
}
