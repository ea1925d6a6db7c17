#include "tests/apps/runner/misbehaving/graph.hpp"

#include <algorithm>
#include <cstdlib>

#include "plexus/text.hpp"

namespace plexus::test {
namespace {

// Crashes are for Plexus to report: the sanitizers would end the process in ways of their own.
std::string without_crashes(const char* options) {
    const char* set = std::getenv(options);
    return text(set != nullptr ? set : "",
                ":handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0");
}

}  // namespace

WildGraph::WildGraph(const Faults& faults) {
    write_text(folder_ / "graph.yaml",
               text("data: {source: {wild_data: ", faults.dataset, "}, shuffle: false", faults.data, R"(}
network:
  - dense: {name: fc1, units: 4, kernel_initializer: {wild_start: )",
                    faults.initializer, R"(}}
  - wild: )",
                    faults.layer, R"(
  - dense: {name: fc2, units: 2}
loss: softmax_cross_entropy
train:
  epochs: 2
  batch: 8
  shard: 8
  optimizer: {wild_descent: )",
                    faults.optimizer, "}\n"));
}

Outcome WildGraph::train(const std::vector<std::string>& more,
                         std::vector<std::pair<std::string, std::string>> variables) const {
    std::vector<std::string> words{"train", "graph.yaml", "--out", "run"};
    if (std::ranges::find(more, "--threads") == more.end())
        words.insert(words.end(), {"--threads", "2"});
    words.insert(words.end(), more.begin(), more.end());
    return runner(std::move(words), std::move(variables));
}

Outcome WildGraph::runner(std::vector<std::string> words,
                          std::vector<std::pair<std::string, std::string>> variables) const {
    for (const char* options : {"ASAN_OPTIONS", "TSAN_OPTIONS"})
        variables.emplace_back(options, without_crashes(options));
    words.insert(words.end(), {"--plugin-dir", std::filesystem::path{MISBEHAVING}.parent_path().string()});
    return run_runner(std::move(words), {folder_.path(), std::move(variables)});
}

bool WildGraph::has_checkpoint() const {
    return runner({"inspect", "run/last.h5", "--digest"}).code == 0;
}

std::string WildGraph::plugin() {
    return std::filesystem::canonical(MISBEHAVING).string();
}

}  // namespace plexus::test
