#include <doctest/doctest.h>

#include <string>

#include "core/train/vocabulary.hpp"
#include "plexus/error.hpp"
#include "plexus/generation.hpp"
#include "tests/core/train/trained.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

/// After each letter comes the one that a fixed permutation says.
std::string letters_program(bool stateful) {
    return std::string(
               "data:\n"
               "  source: {synthetic: {kind: sequence, shape: [6], classes: 5, samples: 64, streams: 8}}\n"
               "  classes: [a, b, c, \"\\n\", é]\n  shuffle: false\n"
               "network:\n"
               "  - embedding: {input_dim: 5, output_dim: 8}\n"
               "  - gru: {units: 5, return_sequences: true, stateful: ") +
           (stateful ? "true" : "false") +
           "}\n"
           "loss: softmax_cross_entropy\n"
           "train: {epochs: 40, batch: 8, shard: 2, optimizer: {adam: {learning_rate: 0.05}}}\n";
}

std::string generated(const GenerationOptions& options, int length) {
    Generator generator{shipped_plugins(), options};
    std::string text;
    for (int i = 0; i < length; ++i)
        text += generator.next();
    return text;
}

template <class Do>
std::string refused(const Do& what) {
    try {
        what();
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

void train_letters() {
    Watcher watcher;
    train_in("letters", letters_program(true), watcher);
    Watcher again;
    train_in("letters_apart", letters_program(false), again);
}

}  // namespace

TEST_CASE("generate: the most probable text follows the rule, whether the network carries its state or not") {
    train_letters();
    const std::string carried = generated({.checkpoint = "letters/last.h5", .prime = "b", .temperature = 0}, 20);
    const std::string apart = generated({.checkpoint = "letters_apart/last.h5", .prime = "b", .temperature = 0}, 20);
    CHECK(carried == apart);
    // A permutation of five letters comes back to where it began after at most five.
    std::size_t period = 0;
    for (std::size_t length = 1; length <= 6 && period == 0; ++length)
        if (carried.compare(length, length, carried, 0, length) == 0)
            period = length;
    CHECK(period != 0);
}

TEST_CASE("generate: a seed gives a text, on any number of threads; another seed another") {
    train_letters();
    GenerationOptions options{.checkpoint = "letters/last.h5", .prime = "aé", .temperature = 20, .seed = 5};
    options.threads = 1;
    const std::string one = generated(options, 100);
    options.threads = 3;
    CHECK(generated(options, 100) == one);
    options.seed = 6;
    CHECK(generated(options, 100) != one);
    // Drawn among one alone, it is the most probable.
    options.top_k = 1;
    const std::string best = generated(options, 100);
    options.temperature = 0;
    CHECK(generated(options, 100) == best);
}

TEST_CASE("generate: what cannot be is refused, with what could") {
    train_letters();
    CHECK(refused([] { generated({.checkpoint = "letters/last.h5", .prime = "abx"}, 1); }) ==
          "the prime text: 'x', number 3, is none of the 5 characters that letters/last.h5 was trained on");
    CHECK(refused([] { generated({.checkpoint = "letters/last.h5", .prime = "a\xff"}, 1); }) ==
          "the prime text: byte 2 is no UTF-8");
    CHECK(refused([] { generated({.checkpoint = "letters/last.h5", .temperature = -1}, 1); }) ==
          "the temperature is -1; it must be 0 or more");
    Watcher watcher;
    train_in("no_letters", rich_program(1), watcher);
    CHECK(refused([] {
              generated({.checkpoint = "no_letters/last.h5"}, 1);
          }).starts_with("no_letters/last.h5: its input is float32 [8, 8, 1]"));
}

TEST_CASE("vocabulary: bytes that are not printable have numbers as names") {
    const Vocabulary bytes({"a", "0x0a", "0xff"}, "x.h5");
    CHECK(bytes.tokens_of("\xff\na", "text") == std::vector<std::int32_t>{2, 1, 0});
    CHECK(bytes.text_of(1) == "\n");
    CHECK(refused([&] { (void)bytes.tokens_of("ab", "the text"); }) ==
          "the text: 'b', number 2, is none of the 3 bytes that x.h5 was trained on");
    CHECK(refused([] {
              const Vocabulary words({"cat", "dog"}, "x.h5");
          }) == "x.h5: its class 'cat' is no character; the network was not trained on text");
}
