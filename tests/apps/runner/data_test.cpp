// check --data and predict --data: the samples of a data section, without training on them.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/apps/runner/small_run.hpp"
#include "tests/support/paths.hpp"

using namespace plexus::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

// Two classes of shipped pictures, one of which is no picture.
struct Pictures {
    TemporaryFolder folder;

    explicit Pictures(const std::string& more = "") {
        const fs::path picture = source_dir() / "docs/images/seven.png";
        for (const std::string name : {"data/a/1.png", "data/a/2.png", "data/b/1.png", "data/b/2.png"}) {
            fs::create_directories((folder / name).parent_path());
            fs::copy_file(picture, folder / name);
        }
        write_text(folder / "graph.yaml",
                   "data: {source: {image_folder: {folder: data, channels: 1}}" + more +
                       "}\nnetwork:\n  - rescaling: {scale: 0.01}\n  - flatten\n  - dense: {units: 2}\n"
                       "loss: softmax_cross_entropy\n"
                       "train: {epochs: 1, batch: 2, optimizer: {sgd: {learning_rate: 0.001}}}\n");
    }
    void damage() const { fs::resize_file(folder / "data/b/1.png", 60); }
    [[nodiscard]] Outcome runner(std::vector<std::string> words) const {
        return run_runner(std::move(words), {folder.path()});
    }
};

}  // namespace

TEST_CASE("check --data reads every sample and names those that cannot be read") {
    const Pictures good;
    const Outcome fine = good.runner({"check", "graph.yaml", "--data"});
    CHECK_MESSAGE(fine.code == 0, fine.err);
    CHECK(fine.out.find("4 samples read, none cannot be read") != std::string::npos);
    CHECK(fine.out.find("nothing to object to") != std::string::npos);

    good.damage();
    const Outcome bad = good.runner({"check", "graph.yaml", "--data"});
    CHECK(bad.code == 2);
    CHECK(bad.out.find("4 samples read, 1 cannot be read") != std::string::npos);
    CHECK(bad.out.find("nothing to object to") == std::string::npos);
    CHECK_MESSAGE(bad.err.starts_with("data.source, sample 2: "), bad.err);
    CHECK_MESSAGE(bad.err.find("data/b/1.png: ") != std::string::npos, bad.err);

    const json facts = json::parse(good.runner({"check", "graph.yaml", "--data", "--json"}).out);
    CHECK(facts["samples_read"] == 4);
    CHECK(facts["unreadable"].size() == 1);
}

TEST_CASE("check --data lists what a run would skip, and has nothing against it") {
    const Pictures pictures{", on_bad_sample: skip"};
    pictures.damage();
    const Outcome outcome = pictures.runner({"check", "graph.yaml", "--data"});
    CHECK(outcome.code == 0);
    CHECK(outcome.err.find("data/b/1.png: ") != std::string::npos);
}

TEST_CASE("predict --data answers for a graph's data, bit for bit as for the same samples in a file") {
    const SmallRun small{96, "epochs: 1, batch: 32"};
    REQUIRE(small.runner({"train", "graph.yaml", "-o", "a", "--quiet"}).code == 0);
    const Outcome outcome = small.runner({"predict", "a/best.h5", "--data", "graph.yaml", "--json"});
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    const json answers = json::parse(outcome.out);
    const json facts = json::parse(small.runner({"check", "graph.yaml", "--json"}).out);
    REQUIRE(answers.size() == facts["samples"]["test"].get<std::size_t>());
    CHECK(answers[0]["input"] == "test[0]");
    const json whole = json::parse(small.runner({"predict", "a/best.h5", "images.idx", "--json"}).out);
    CHECK(answers[1]["output"] == whole[1]["output"]);

    const Outcome nothing = small.runner({"predict", "a/best.h5"});
    CHECK(nothing.code == 2);
    CHECK_MESSAGE(nothing.err.find("predict wants a checkpoint and at least one input, or --data") != std::string::npos,
                  nothing.err);

    const Pictures other;
    const Outcome misfit = small.runner({"predict", "a/best.h5", "--data", (other.folder / "graph.yaml").string()});
    CHECK(misfit.code == 2);
    CHECK_MESSAGE(misfit.err.find("graph.yaml:1:17: its samples have shape [28, 28, 1] of uint8; the network wants "
                                  "[8, 8, 1] of uint8") != std::string::npos,
                  misfit.err);
}
