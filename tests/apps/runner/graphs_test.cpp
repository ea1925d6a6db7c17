// check, draw and bench on graphs that ship; and every graph of tests/graphs/bad with the message it has to get.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

using namespace plexus::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// The first lines of a file under tests/graphs/bad: `# command: check` (the default), `# exit: 2`, `# stderr: text`.
/// Of several `# stderr:` lines each has to be found.
struct Expectation {
    std::string command = "check";
    int code = 2;
    std::vector<std::string> errors;
};

Expectation expectation_of(const fs::path& file) {
    Expectation result;
    std::istringstream lines{read_text(file)};
    for (std::string line; std::getline(lines, line) && line.starts_with('#');) {
        const auto after = [&](const std::string& key) {
            return line.starts_with("# " + key + ": ") ? line.substr(key.size() + 4) : std::string{};
        };
        if (const std::string command = after("command"); !command.empty())
            result.command = command;
        if (const std::string code = after("exit"); !code.empty())
            result.code = std::stoi(code);
        // What depends on the machine is left open by dots.
        if (const std::string error = after("stderr"); !error.empty())
            result.errors.push_back(error.substr(0, error.size() - (error.ends_with("...") ? 3 : 0)));
    }
    return result;
}

std::vector<fs::path> bad_graphs() {
    std::vector<fs::path> files;
    if (fs::is_directory(source_dir() / "tests/graphs/bad"))
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator{source_dir() / "tests/graphs/bad"})
            if (entry.path().extension() == ".yaml")
                files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

std::vector<std::string> shipped_graphs() {
    std::vector<std::string> files;
    for (const fs::directory_entry& entry : fs::directory_iterator{source_dir() / "graphs"})
        if (entry.path().extension() == ".yaml")
            files.push_back(entry.path().string());
    std::ranges::sort(files);
    return files;
}

}  // namespace

TEST_CASE("every graph in tests/graphs/bad is refused with the text that its first lines promise") {
    for (const fs::path& file : bad_graphs()) {
        CAPTURE(file.string());
        const Expectation expected = expectation_of(file);
        const TemporaryFolder runs;
        std::vector<std::string> words{expected.command, file.filename().string()};
        if (expected.command == "train")
            words.insert(words.end(), {"--out", (runs / "run").string()});
        const Outcome outcome = run_runner(words, {file.parent_path()});
        CHECK(outcome.code == expected.code);
        REQUIRE(!expected.errors.empty());
        for (const std::string& error : expected.errors)
            CHECK_MESSAGE(outcome.err.find(error) != std::string::npos, outcome.err);
        // A train that is wrong is wrong before anything is made.
        if (expected.code == 2) {
            const Outcome train =
                run_runner({"train", words[1], "--out", (runs / "run").string()}, {file.parent_path()});
            CHECK(train.code == 2);
            for (const std::string& error : expected.errors)
                CHECK_MESSAGE(train.err.find(error) != std::string::npos, train.err);
        }
    }
}

TEST_CASE("check accepts every graph that ships and says what it is made of") {
    for (const std::string& graph : shipped_graphs()) {
        CAPTURE(graph);
        const Outcome outcome = run_runner({"check", graph, "--json"});
        REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
        const json facts = json::parse(outcome.out);
        CHECK(facts["parameters"].get<int>() > 0);
        CHECK(!facts["nodes"].empty());
        CHECK(facts["memory"]["training"].get<double>() > 0);
        const Outcome text = run_runner({"check", graph});
        CHECK(text.code == 0);
        CHECK(text.err == "");
        CHECK(!has_control_bytes(text.out));
    }
}

TEST_CASE("check --set changes the graph, and its mistakes are named") {
    const std::string graph = (source_dir() / "graphs/mnist_mlp.yaml").string();
    const json facts = json::parse(run_runner({"check", graph, "--set", "network.fc1.units=8", "--json"}).out);
    CHECK(facts["parameters"].get<int>() == 784 * 8 + 8 + 8 * 512 + 512 + 512 * 10 + 10);
    const Outcome outcome = run_runner({"check", graph, "--set", "train.epoch=3"});
    CHECK(outcome.code == 2);
    CHECK_MESSAGE(outcome.err.find("did you mean 'epochs'?") != std::string::npos, outcome.err);
}

TEST_CASE("draw prints DOT, the expanded program or the plan, and writes what --out names") {
    const std::string graph = (source_dir() / "graphs/mnist_cnn.yaml").string();
    const Outcome dot = run_runner({"draw", graph});
    CHECK_MESSAGE(dot.code == 0, dot.err);
    CHECK(dot.out.starts_with("digraph"));
    const TemporaryFolder folder;
    CHECK(run_runner({"draw", graph, "-o", (folder / "a.dot").string()}).out == "");
    CHECK(read_text(folder / "a.dot") == dot.out);
    CHECK(json::parse(run_runner({"draw", graph, "--json"}).out)["text"] == dot.out);

    // What a program expands to is a program, and expands to itself.
    const Outcome expanded = run_runner({"draw", graph, "--expand"});
    CHECK_MESSAGE(expanded.code == 0, expanded.err);
    CHECK(expanded.out.find("conv1") != std::string::npos);
    CHECK(run_runner({"draw", graph, "--plan"}).code == 0);
    CHECK(run_runner({"draw", graph, "--plan", "--expand"}).code == 2);
}

TEST_CASE("draw without Graphviz says what to install") {
    const std::string graph = (source_dir() / "graphs/mnist_cnn.yaml").string();
    const TemporaryFolder folder;
    const Outcome outcome = run_runner({"draw", graph, "-o", (folder / "a.svg").string()},
                                       {.folder = {}, .variables = {{"PATH", folder.path().string()}}});
    CHECK(outcome.code == 2);
    CHECK(outcome.err.find("install graphviz") != std::string::npos);
}

TEST_CASE("bench has the promised members") {
    const std::string graph = (source_dir() / "graphs/bench/mlp.yaml").string();
    const Outcome outcome = run_runner({"bench", graph, "--seconds", "1", "--json"});
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    const json facts = json::parse(outcome.out);
    for (const char* member :
         {"items_per_second", "unit", "milliseconds_per_step", "share_of_limit", "nodes", "memory"})
        CHECK_MESSAGE(facts.contains(member), member);
    CHECK(facts["items_per_second"].get<double>() > 0);
    CHECK(facts["unit"] == "samples/s");
    for (const char* kind : {"arena", "arena_bound", "scratch", "weights", "packed", "batch"})
        CHECK_MESSAGE(facts["memory"].at(kind).get<std::size_t>() > 0, kind);
}
