// runner generate: text on stdout, the same for the same seed; everything else is an error with its place.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

using namespace plexus::test;
using nlohmann::json;

namespace {

/// A folder with a network that knows five letters, carries its state, and was trained for a moment.
struct Letters {
    TemporaryFolder folder;

    Letters() {
        write_text(folder / "letters.yaml",
                   "data:\n"
                   "  source: {synthetic: {kind: sequence, shape: [6], classes: 5, samples: 64, streams: 8}}\n"
                   "  classes: [a, b, c, \"\\n\", é]\n  shuffle: false\n"
                   "network:\n"
                   "  - embedding: {input_dim: 5, output_dim: 8}\n"
                   "  - gru: {units: 5, return_sequences: true, stateful: true}\n"
                   "loss: softmax_cross_entropy\n"
                   "train: {epochs: 2, batch: 8, optimizer: {adam: {learning_rate: 0.05}}}\n");
        REQUIRE(runner({"train", "letters.yaml", "--out", "run", "--quiet"}).code == 0);
    }

    [[nodiscard]] Outcome runner(const std::vector<std::string>& words) const {
        return run_runner(words, {folder.path()});
    }
    [[nodiscard]] Outcome generate(std::vector<std::string> words) const {
        words.insert(words.begin(), {"generate", "run/last.h5"});
        return runner(words);
    }
};

}  // namespace

TEST_CASE("generate: the prime text and what follows it, the same on any number of threads") {
    const Letters letters;
    const Outcome one = letters.generate({"--prime", "aé", "--length", "50", "--seed", "5", "--threads", "1"});
    CHECK(one.code == 0);
    CHECK(one.err == "");
    CHECK(one.out.starts_with("aé"));
    CHECK(one.out.ends_with("\n"));
    CHECK(letters.generate({"--prime", "aé", "--length", "50", "--seed", "5", "--threads", "3"}).out == one.out);
    CHECK(letters.generate({"--prime", "aé", "--length", "50", "--seed", "6"}).out != one.out);
    const json said = json::parse(letters.generate({"--prime", "aé", "--length", "50", "--seed", "5", "--json"}).out);
    CHECK(said["prime"] == "aé");
    CHECK("aé" + said["text"].get<std::string>() + "\n" == one.out);
}

TEST_CASE("generate: what is wrong is exit 2, and nothing is printed on stdout") {
    const Letters letters;
    const auto refused = [&](const std::vector<std::string>& words) {
        const Outcome outcome = letters.generate(words);
        CHECK(outcome.code == 2);
        CHECK(outcome.out == "");
        return outcome.err;
    };
    CHECK(refused({"--prime", "abx"}) ==
          "the prime text: 'x', number 3, is none of the 5 characters that run/last.h5 was trained on\n");
    CHECK(refused({"--temperature", "hot"}) == "--temperature is 'hot'; it must be a number from 0 to 1000\n");
    CHECK(refused({"--temperature", "-1"}) == "--temperature is '-1'; it must be a number from 0 to 1000\n");
    const Outcome none = letters.runner({"generate", "no.h5"});
    CHECK(none.code == 2);
    CHECK(none.err.find("no.h5") != std::string::npos);
}
