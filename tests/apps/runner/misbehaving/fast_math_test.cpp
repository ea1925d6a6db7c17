// A plugin that was linked with -ffast-math switches small numbers off for the process that opens it. Not for us.
#include <dlfcn.h>
#include <doctest/doctest.h>

#include <cfenv>
#include <filesystem>

#include "tests/support/process.hpp"

using namespace plexus::test;

namespace {

float smallest_halved() {
    volatile float smallest = 0x1p-126F;
    return smallest / 2;
}

// Between the two scalings all numbers are below the smallest normal one.
constexpr const char* graph = R"(data: {source: {synthetic: {shape: [8], classes: 2, samples: 64}}}
network:
  - rescaling: {scale: 1.0e-39}
  - rescaling: {scale: 1.0e+38}
  - dense: {units: 8}
  - dense: {units: 2}
loss: softmax_cross_entropy
train: {epochs: 2, batch: 16, shard: 4, optimizer: {sgd: {learning_rate: 0.1}}}
)";

std::string digest_after_training(const std::vector<std::string>& more) {
    const TemporaryFolder folder;
    write_text(folder / "graph.yaml", graph);
    std::vector<std::string> words{"train", "graph.yaml", "--out", "run", "--threads", "2", "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = run_runner(words, {folder.path()});
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    return run_runner({"inspect", "run/last.h5", "--digest"}, {folder.path()}).out;
}

}  // namespace

TEST_CASE("weights are the same bits with and without a plugin that was linked with -ffast-math") {
    // Opened by anybody else, it does harm.
    std::fenv_t before;
    std::fegetenv(&before);
    REQUIRE(::dlopen(FAST_MATH, RTLD_NOW) != nullptr);
    const float harmed = smallest_halved();
    std::fesetenv(&before);
    CHECK(harmed == 0);
    CHECK(smallest_halved() != 0);

    const std::string without = digest_after_training({});
    CHECK(without.size() > 30);
    CHECK(digest_after_training({"--plugin-dir", std::filesystem::path{FAST_MATH}.parent_path().string()}) == without);
}
