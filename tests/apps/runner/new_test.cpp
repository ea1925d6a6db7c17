// runner new: what it writes, and what it refuses. tests/install builds and runs what it wrote.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

using namespace plexus::test;
namespace fs = std::filesystem;

namespace {

struct Kind {
    const char* kind;
    const char* example;  // in docs/examples
};

constexpr Kind kinds[] = {{"layer", "swish"},
                          {"loss", "pseudo_huber"},
                          {"metric", "within_tolerance"},
                          {"optimizer", "signum"},
                          {"schedule", "inverse_root"},
                          {"initializer", "double_exponential"},
                          {"dataset", "two_spirals"},
                          {"format", "pgm"},
                          {"model", "funnel"}};

}  // namespace

TEST_CASE("new writes the example of the kind, under the new name everywhere") {
    const TemporaryFolder folder;
    for (const auto& [kind, example] : kinds) {
        CAPTURE(kind);
        const std::string name = std::string("my_") + kind;
        const Outcome outcome = run_runner({"new", kind, name}, {folder.path()});
        REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
        CHECK(outcome.out.starts_with(std::string(kind) + " '" + name + "':\n"));
        CHECK(outcome.err.find(" check " + name + "/build/" + name + ".so\n") != std::string::npos);
        std::size_t files = 0;
        for (const auto& entry : fs::recursive_directory_iterator(source_dir() / "docs/examples" / example))
            files += entry.is_regular_file() ? 1 : 0;
        for (const auto& entry : fs::recursive_directory_iterator(folder / name)) {
            if (!entry.is_regular_file())
                continue;
            --files;
            CHECK_MESSAGE(read_text(entry.path()).find(example) == std::string::npos, entry.path().string());
            CHECK(outcome.out.find(fs::relative(entry.path(), folder.path()).string()) != std::string::npos);
        }
        CHECK(files == 0);
        CHECK(fs::exists(folder / name / (name + ".cpp")));
    }
    CHECK(read_text(folder / "my_layer/my_layer.cpp").find("struct MyLayer final") != std::string::npos);
}

TEST_CASE("new under the example's own name is the example, to the byte") {
    const TemporaryFolder folder;
    for (const auto& [kind, example] : kinds) {
        const nlohmann::json facts =
            nlohmann::json::parse(run_runner({"new", kind, example, "--out", "here", "--json"}, {folder.path()}).out);
        CHECK(facts["folder"] == "here");
        for (const auto& file : facts["files"]) {
            const fs::path path = file.get<std::string>();
            CHECK(read_text(folder / path) ==
                  read_text(source_dir() / "docs/examples" / example / fs::relative(path, "here")));
        }
        CHECK(fs::remove_all(folder / "here") > 3);
    }
}

TEST_CASE("new refuses kinds and names that cannot be, and says what could") {
    const TemporaryFolder folder;
    fs::create_directory(folder / "here");
    const struct {
        std::vector<std::string> words;
        std::string message;
    } cases[] = {
        {{"new", "layr", "x"}, "there is no kind 'layr'; did you mean 'layer'?"},
        {{"new", "layer"}, "wants"},
        {{"new", "layer", "MyLayer"}, "'MyLayer' is no name of a type: it begins with a small letter"},
        {{"new", "layer", "MyLayer"}, "; take 'my_layer'\n"},
        {{"new", "layer", "my-layer"}, "; take 'my_layer'\n"},
        {{"new", "layer", "2nd"}, "; take 'nd'\n"},
        {{"new", "layer", "../x"}, "; take 'x'\n"},
        {{"new", "layer", ""}, "'' is no name of a type"},
        {{"new", "layer", "test"}, "'test' means something else in graph files or in CMake; take 'my_test'"},
        {{"new", "layer", "dense"}, "there is a layer 'dense' already, in " + (plugin_dir() / "dense.so").string()},
        {{"new", "dataset", "idx"}, "there is a data set 'idx' already, in "},
        {{"new", "layer", "here"}, "here is there already; take another name, or another folder with --out"},
    };
    for (const auto& [words, message] : cases) {
        const Outcome outcome = run_runner(words, {folder.path()});
        CHECK(outcome.code == 2);
        CHECK_MESSAGE(outcome.err.find(message) != std::string::npos, outcome.err);
    }
    // A name that another kind has is free.
    CHECK(run_runner({"new", "schedule", "dense"}, {folder.path()}).code == 0);
}
