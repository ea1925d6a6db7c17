// The plugins that the pages show whole, built from the pages' own text: tests/docs/CMakeLists.txt takes it out of
// them.
#include <doctest/doctest.h>

#include <regex>

#include "tests/docs/page.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

using namespace plexus::test;
namespace fs = std::filesystem;

namespace {

fs::path plugins_folder() {
    return build_dir() / "tests/docs/plugins";
}

constexpr const char* program = R"(
data: {source: {synthetic: {shape: [6], classes: 3, samples: 200, noise: 0.3}}, holdout: 40}
network:
  - dense: {name: fc1, units: 8}
  - swish: {beta: 1.5}
  - dense: {name: fc2, units: 3}
loss: softmax_cross_entropy
metrics: [accuracy]
train: {epochs: 8, batch: 8, optimizer: {sgd: {learning_rate: 0.1}}}
)";

}  // namespace

TEST_CASE("plugin: what was built is what the pages show") {
    std::size_t seen = 0;
    for (const Page& page : pages()) {
        std::string source;
        for (const Block& block : page.blocks) {
            if (!block.quoted.empty())
                continue;
            if (block.language == "cpp")
                source = block.text();
            if (block.language != "cmake")
                continue;
            CHECK_MESSAGE(!source.empty(), block.place, ": neither an excerpt nor with a cpp block that it builds");
            ++seen;
            const std::string lists = block.text();
            std::smatch match;
            REQUIRE(std::regex_search(lists, match, std::regex{R"(plexus_add_plugin\((\w+) ([\w.]+)\))"}));
            const fs::path folder = plugins_folder() / match[1].str();
            CHECK_MESSAGE(read_text(folder / "CMakeLists.txt") == lists, block.place);
            CHECK_MESSAGE(read_text(folder / match[2].str()) == source, block.place);
            const Outcome outcome = run_runner({"check", (folder / (match[1].str() + ".so")).string()});
            CHECK_MESSAGE(outcome.code == 0, outcome.err);
            source.clear();
        }
        CHECK_MESSAGE(source.empty(), page.path.string(),
                      ": a cpp block that is neither an excerpt nor followed by its cmake block");
    }
    CHECK(seen >= 1);
}

TEST_CASE("plugin: README's layer learns, and its attributes get the same messages as any") {
    const TemporaryFolder folder;
    write_text(folder / "graph.yaml", program);
    const std::string plugins = (plugins_folder() / "swish").string();
    const Outcome trained =
        run_runner({"train", "graph.yaml", "--plugin-dir", plugins, "--out", "run"}, {folder.path()});
    REQUIRE_MESSAGE(trained.code == 0, trained.err);
    const Outcome measured = run_runner({"evaluate", "run/last.h5", "--plugin-dir", plugins}, {folder.path()});
    CHECK_MESSAGE(measured.code == 0, measured.err);
    std::smatch match;
    const std::string csv = read_text(folder / "run/metrics.csv");
    REQUIRE_MESSAGE(std::regex_search(csv, match, std::regex{R"(\n8,\d+,holdout,accuracy,([\d.]+))"}), csv);
    CHECK(std::stod(match[1]) > 0.9);

    const Outcome misspelt =
        run_runner({"check", "graph.yaml", "--plugin-dir", plugins, "--set", "network.swish_1={swish: {bta: 1}}"},
                   {folder.path()});
    CHECK(misspelt.code == 2);
    CHECK_MESSAGE(misspelt.err.find("swish has no attribute 'bta'; did you mean 'beta'?") != std::string::npos,
                  misspelt.err);
}
