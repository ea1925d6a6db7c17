// runner bench as a person runs it: what it prints, what it writes, and how it ends. No speed is asserted.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/process.hpp"

using namespace plexus::test;
using nlohmann::json;

namespace {

constexpr const char* program = R"(data: {source: {synthetic: {shape: [8, 8, 1], classes: 3, samples: 64}}}
network:
  - conv2d: {name: conv1, filters: 4, kernel_size: 3}
  - batch_normalization: {name: norm1}
  - relu: {name: relu1}
  - flatten: {name: flat}
  - dense: {name: fc1, units: 3}
loss: softmax_cross_entropy
train: {epochs: 1, batch: 32, shard: 8, optimizer: {sgd: {learning_rate: 0.1, clip_norm: 1}}}
)";

/// A folder with graph.yaml, and the runner's bench in it, two threads, briefly.
class Benched {
public:
    Benched() { write_text(folder_ / "graph.yaml", program); }
    [[nodiscard]] Outcome operator()(std::vector<std::string> more) const {
        more.insert(more.begin(), {"bench", "graph.yaml", "--seconds", "0.05", "--threads", "2"});
        return run_runner(more, {folder_.path()});
    }
    [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_ / name; }

private:
    TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("bench: nodes and what is beside them add up to what is accounted for") {
    const Benched bench;
    const Outcome outcome = bench({"--json"});
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    const json facts = json::parse(outcome.out);
    double sum = 0, shares = 0;
    std::set<std::string> nodes, others;
    for (const json& node : facts["nodes"]) {
        nodes.insert(node["name"]);
        for (const char* pass : {"forward_milliseconds", "backward_milliseconds", "update_milliseconds"})
            sum += node[pass].get<double>();
        shares += node["share"].get<double>();
        CHECK(!node.contains("stages"));
        if (node["name"] == "norm1")
            CHECK(node["absorbed"] == json{"relu1"});
    }
    for (const json& other : facts["others"]) {
        others.insert(other["name"]);
        sum += other["milliseconds"].get<double>();
        shares += other["share"].get<double>();
    }
    CHECK(nodes == std::set<std::string>{"conv1", "norm1", "flat", "fc1", "softmax_cross_entropy"});
    CHECK(others == std::set<std::string>{"loss", "combine", "gradient norm", "scheduling", "waiting"});
    CHECK(sum == doctest::Approx(facts["accounted_milliseconds"].get<double>()));
    CHECK(shares == doctest::Approx(1));
    CHECK(sum ==
          doctest::Approx(facts["accounted_share"].get<double>() * 2 * facts["milliseconds_per_step"].get<double>()));
    CHECK(facts["disturbed"].is_boolean());
    CHECK(facts["limits"].size() == facts["rounds"].size() + 1);
}

TEST_CASE("bench --explain: every stage of every node with its kernel and its slices") {
    const Benched bench;
    const Outcome outcome = bench({"--explain", "--json"});
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    const json facts = json::parse(outcome.out);
    for (const json& node : facts["nodes"]) {
        REQUIRE(!node["stages"].empty());
        for (const json& stage : node["stages"]) {
            CAPTURE(stage.dump());
            for (const char* member : {"name", "pass", "kernel", "over", "slicing", "advice"})
                CHECK(!stage[member].get<std::string>().empty());
            CHECK(stage["slices"].get<int>() > 0);
            CHECK(stage["milliseconds"].get<double>() >= 0);
            CHECK(stage["gflops"].is_null() == stage["share_of_limit"].is_null());
        }
    }
    const Outcome text = bench({"--explain"});
    CHECK(text.code == 0);
    for (const char* part : {"4 shards of 8 samples", "conv1", "accounted for: ", " of 2 x ", "GB/s"})
        CHECK_MESSAGE(text.out.find(part) != std::string::npos, text.out);
    CHECK(!has_control_bytes(text.out));
}

TEST_CASE("bench: a disturbed machine is said, and only then") {
    const Benched bench;
    const Outcome text = bench({});
    REQUIRE_MESSAGE(text.code == 0, text.err);
    const bool said = text.out.find("\nthe machine was disturbed: rounds between ") != std::string::npos;
    const json facts = json::parse(bench({"--json"}).out);
    // The two runs may differ in this; each has to be true to itself.
    const auto apart = [](std::vector<double> values) {
        std::sort(values.begin(), values.end());
        return values.back() - values.front() > 0.05 * values[values.size() / 2];
    };
    CHECK(facts["disturbed"].get<bool>() ==
          (apart(facts["rounds"]) || apart(facts["limits"]) || facts["taken_by_others"].get<double>() > 0.05));
    CHECK((said || text.out.find("disturbed") == std::string::npos));
}

TEST_CASE("bench --trace writes events that a trace viewer reads, in place of what was there") {
    const Benched bench;
    write_text(bench.path("trace.json"), "old");
    const Outcome outcome = bench({"--trace", "trace.json", "--json"});
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    CHECK(outcome.err == "wrote trace.json\n");
    const std::size_t tasks = json::parse(outcome.out)["tasks"];
    const json trace = json::parse(read_text(bench.path("trace.json")));
    std::size_t steps = 0, task_events = 0;
    std::set<std::string> names, threads;
    for (const json& event : trace["traceEvents"]) {
        names.insert(event["name"]);
        if (event["ph"] == "M") {
            threads.insert(event["args"]["name"]);
            continue;
        }
        CHECK(event["ph"] == "X");
        CHECK(event["ts"].get<double>() >= 0);
        CHECK(event["dur"].get<double>() >= 0);
        CHECK(event["tid"].get<int>() < 2);
        steps += event["cat"] == "step";
        task_events += event["cat"] == "task";
    }
    CHECK(steps == 3);
    CHECK(task_events == 3 * tasks);
    CHECK(threads == std::set<std::string>{"runner bench", "worker 0", "worker 1"});
    for (const char* name : {"step 0", "shard 3", "conv1 forward", "fc1 update", "loss", "thread_name"})
        CHECK_MESSAGE(names.contains(name), name);
}

TEST_CASE("bench: what cannot be written or read is refused before anything is measured") {
    const Benched bench;
    const Outcome nowhere = bench({"--trace", "no/such/trace.json"});
    CHECK(nowhere.code == 2);
    CHECK(nowhere.err == "no/such/trace.json: cannot be written: No such file or directory\n");
    CHECK(nowhere.out.empty());
    const Outcome folder = bench({"--trace", "."});
    CHECK(folder.code == 2);
    CHECK(folder.err == ".: cannot be written: Is a directory\n");

    // A run that is refused leaves no trace.
    CHECK(bench({"--trace", "t.json", "--set", "train.epoch=1"}).code == 2);
    CHECK(!std::filesystem::exists(bench.path("t.json")));

    for (const char* seconds : {"0", "0.001", "abc", "3601", "1x", "nan", "-1"}) {
        const Outcome outcome =
            run_runner({"bench", "graph.yaml", std::string{"--seconds="} + seconds}, {bench.path("")});
        CHECK(outcome.code == 2);
        CHECK(outcome.err == std::string{"--seconds wants a number from 0.01 to 3600, not '"} + seconds + "'\n");
    }
}
