// Law 5: an error says where, what, and what instead; the exit code says whose fault it is.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <regex>
#include <sstream>
#include <thread>

#include "core/plugin/types.hpp"
#include "core/program/program.hpp"
#include "core/program/yaml.hpp"
#include "plexus/analysis.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"
#include "tests/laws/shipped_graphs.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using namespace plexus::test;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> bad_graphs() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator{source_dir() / "tests/graphs/bad"})
        if (entry.path().extension() == ".yaml")
            files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

// What the runner says of a graph, and with which exit code, without a process for each: it prints what() of an
// InputError and ends with 2, and with 1 for every other Error.
std::pair<int, std::string> refusal_of(const fs::path& file) {
    try {
        (void)check(shipped_plugins(), file, {});
    } catch (const InputError& error) {
        return {2, error.what()};
    } catch (const Error& error) {
        return {1, error.what()};
    }
    return {0, ""};
}

struct Key {
    std::string name;
    Position position;
};

// `are_names`: its keys are names that the writer gives to networks or phases, none of which is wrong.
void find_keys(const Value& value, std::vector<Key>& found, bool are_names = false) {
    if (value.is_list())
        for (const Value& item : value.list())
            find_keys(item, found, are_names);
    if (value.is_map())
        for (const Member& member : value.map()) {
            if (!are_names)
                found.push_back({member.name, member.position});
            find_keys(member.value, found, !are_names && (member.name == "networks" || member.name == "phases"));
        }
}

std::size_t offset(const std::string& text, const Position& position) {
    std::size_t start = 0;
    for (int line = 1; line < position.line; ++line)
        start = text.find('\n', start) + 1;
    return start + static_cast<std::size_t>(position.column) - 1;
}

// One letter left out, another in its place, one too many, one twice, two swapped.
std::vector<std::string> misspelt(const std::string& key) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < key.size(); ++i) {
        all.push_back(key.substr(0, i) + key.substr(i + 1));
        all.push_back(key.substr(0, i) + "x" + key.substr(i + 1));
        all.push_back(key.substr(0, i) + "x" + key.substr(i));
        all.push_back(key.substr(0, i) + key[i] + key.substr(i));
        if (i > 0)
            all.push_back(key.substr(0, i - 1) + key[i] + key[i - 1] + key.substr(i + 1));
    }
    std::erase_if(all, [&](const std::string& wrong) { return wrong.empty() || wrong == key; });
    std::ranges::sort(all);
    all.erase(std::ranges::unique(all).begin(), all.end());
    return all;
}

struct Count {
    int tried = 0, refused = 0, right = 0;
};

// As the runner opens a program, but for its data, and only as far as it has to go to refuse it.
void open(const std::string& text, const fs::path& folder) {
    const Types& types = shipped_plugins().types();
    const Program program = parse_program(text, "a.yaml", folder, {}, types);
    std::vector<std::optional<TypedValue>> optimizers;
    for (const PhaseText& phase : program.phases)
        optimizers.push_back(phase.optimizer);
    if (program.train)
        optimizers.push_back(program.train->optimizer);
    for (const auto& optimizer : optimizers)
        if (optimizer)
            (void)types.optimizer(*optimizer, *types.factory(folder));
}

// Every key of a graph misspelt in every way, one at a time.
Count misspell_all(const fs::path& graph) {
    const std::string whole = read_text(graph);
    std::vector<Key> keys;
    find_keys(read_yaml(whole, "a.yaml"), keys);
    Count count;
    for (const auto& [key, position] : keys)
        for (const std::string& wrong : misspelt(key)) {
            std::string program = whole;
            program.replace(offset(whole, position), key.size(), wrong);
            std::string message;
            try {
                open(program, graph.parent_path());
            } catch (const InputError& error) {
                message = error.what();
            }
            const bool is_right = message.starts_with(to_string(position) + ": ") &&
                                  message.find("did you mean '" + key + "'?") != std::string::npos;
            ++count.tried;
            count.refused += message.starts_with("a.yaml:") ? 1 : 0;
            count.right += is_right ? 1 : 0;
            if (!is_right)
                MESSAGE(graph.filename().string(), ": ", key, " -> ", wrong, ": ", message);
        }
    return count;
}

}  // namespace

TEST_CASE("law 5: each bad graph is exit 2 with file, line and column, what is wrong, and what to do instead") {
    // Advice, or the other place where the conflict is.
    const std::regex advice(
        R"(did you mean '|; .*[a-z]|must be |wants |belongs |: (write|put|remove|make) |is missing|:[0-9]+:[0-9]+\))");
    const auto graphs = bad_graphs();
    CHECK(graphs.size() >= 45);
    for (const fs::path& file : graphs) {
        CAPTURE(file.filename().string());
        const auto [code, message] = refusal_of(file);
        CHECK(code == 2);
        // An empty file has no lines.
        const std::string place = file.filename() == "empty.yaml" ? ": " : ":[1-9][0-9]*:[1-9][0-9]*: ";
        std::smatch match;
        const bool is_placed = std::regex_search(message, match, std::regex("^" + file.string() + place));
        CHECK_MESSAGE(is_placed, message);
        if (is_placed)
            CHECK_MESSAGE(std::regex_search(match.suffix().str(), advice), message);
        // The names of C++ and of exceptions mean nothing to whoever wrote the file.
        for (const char* word : {"std::", "exception", "terminate", "yaml-cpp", "bad conversion", "what()"})
            CHECK_MESSAGE(message.find(word) == std::string::npos, message);
    }
}

TEST_CASE("law 5: of all keys of all shipped graphs misspelt by one letter, 95 in 100 are named with the right one") {
    auto graphs = shipped_graphs();
    std::erase_if(graphs, [](const fs::path& graph) { return graph.parent_path().filename() == "bench"; });
    REQUIRE(graphs.size() >= 4);
    graphs.push_back(source_dir() / "tests/graphs/good/every_key.yaml");
    graphs.push_back(source_dir() / "tests/graphs/good/residual_blocks.yaml");
    Count all;
    for (const fs::path& graph : graphs) {
        CAPTURE(graph.string());
        const Count count = misspell_all(graph);
        CHECK(count.refused == count.tried);
        CHECK(count.right >= 0.95 * count.tried);
        all = {all.tried + count.tried, all.refused + count.refused, all.right + count.right};
    }
    MESSAGE(all.right, " of ", all.tried, " misspelt keys are answered with the right one");
    CHECK(all.tried > 5000);
}

TEST_CASE("law 5: the runner says so on stderr, and nothing on stdout") {
    const TemporaryFolder folder;
    for (const fs::path& graph : shipped_graphs()) {
        CAPTURE(graph.string());
        const std::string whole = read_text(graph);
        std::vector<Key> keys;
        find_keys(read_yaml(whole, "a.yaml"), keys);
        const auto& [key, position] = keys.at(keys.size() / 2);
        std::string program = whole;
        program.replace(offset(whole, position), key.size(), misspelt(key).back());
        write_text(folder / "a.yaml", program);
        const Outcome outcome = run_runner({"train", "a.yaml"}, {folder.path()});
        CHECK(outcome.code == 2);
        CHECK(outcome.out == "");
        CHECK_MESSAGE(outcome.err.find(to_string(position) + ": ") != std::string::npos, outcome.err);
        CHECK_MESSAGE(outcome.err.find("did you mean '" + key + "'?") != std::string::npos, outcome.err);
        CHECK(!fs::exists(folder / "runs"));
    }
}

TEST_CASE("law 5: a misspelt --set, option or command is exit 2 with the right one, too") {
    const std::string graph = (source_dir() / "graphs/mnist_mlp.yaml").string();
    const std::pair<std::vector<std::string>, const char*> mistakes[] = {
        {{"check", graph, "--set", "train.optimizer.sgd.momentom=0.5"}, "'momentum'"},
        {{"check", graph, "--set", "network.fc1.unit=5"}, "'units'"},
        {{"check", graph, "--set", "network.fc4.units=5"}, "'fc1'"},
        {{"check", graph, "--sett", "train.epochs=5"}, "'--set'"},
        {{"chek", graph}, "'check'"},
        {{"plugins", "conv2"}, "'conv2d'"},
    };
    for (const auto& [words, right] : mistakes) {
        CAPTURE(right);
        const Outcome outcome = run_runner(words);
        CHECK(outcome.code == 2);
        CHECK(outcome.out == "");
        CHECK_MESSAGE(outcome.err.find(text("did you mean ", right)) != std::string::npos, outcome.err);
    }
}

TEST_CASE("law 5: exit codes say done, failed, wrong, and crashed") {
    const TemporaryFolder folder;
    write_text(folder / "a.yaml", R"(data: {source: {synthetic: {shape: [8], classes: 2, samples: 64}}}
network: [dense: {name: fc1, units: 8, activation: relu}, dense: {name: fc2, units: 2}]
loss: softmax_cross_entropy
train: {epochs: 2, batch: 16, optimizer: {sgd: {learning_rate: 0.1}}}
)");
    const auto train = [&](const std::string& setting, const std::string& out) {
        return std::vector<std::string>{runner().string(), "train", "a.yaml", "--set", setting, "--out", out};
    };
    const ProcessOptions options{folder.path()};
    CHECK(run(train("train.epochs=2", "done"), options).code == 0);
    const Outcome failed = run(train("train.optimizer.sgd.learning_rate=1.0e+30", "failed"), options);
    CHECK(failed.code == 1);
    CHECK_MESSAGE(failed.err.find("dense 'fc") != std::string::npos, failed.err);
    CHECK(run(train("train.epochs=0", "wrong"), options).code == 2);

    const auto after = [&](int signal) {
        Process process(train("train.epochs=1000000", text("signal", signal)), options);
        while (process.running() && process.errors().find("epoch") == std::string::npos)
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        process.send(signal);
        return process.wait().code;
    };
    CHECK(after(SIGINT) == 0);  // saved
    CHECK(after(SIGTERM) == 0);
    CHECK(after(SIGABRT) == 128 + SIGABRT);
    CHECK(after(SIGKILL) == 128 + SIGKILL);
}
