// What networks carry from batch to batch: trained, resumed, refused.
#include <doctest/doctest.h>

#include <string>

#include "core/train/carries.hpp"
#include "core/train/planned.hpp"
#include "plexus/checkpoint.hpp"
#include "plexus/error.hpp"
#include "plexus/evaluation.hpp"
#include "tests/core/train/trained.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

std::string stateful_program(int epochs, const std::string& streams = "4", const std::string& shuffle = "false") {
    return "data:\n  source: {synthetic: {kind: sequence, shape: [6], classes: 5, samples: 32, streams: " + streams +
           "}}\n  holdout: 8\n  shuffle: " + shuffle +
           "\nnetwork:\n"
           "  - embedding: {input_dim: 5, output_dim: 4}\n"
           "  - lstm: {name: memory, units: 6, return_sequences: true, stateful: true}\n"
           "  - gru: {name: last, units: 5, return_sequences: true, stateful: true}\n"
           "loss: softmax_cross_entropy\n"
           "train: {epochs: " +
           std::to_string(epochs) + ", batch: 4, shard: 2, optimizer: {adam: {learning_rate: 0.01}}}\n";
}

std::string refused(const std::string& program) {
    Watcher watcher;
    try {
        train_in("refused_streams", program, watcher);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("carries: stopped in mid-stream, a run goes on bit for bit, with any number of threads") {
    Watcher unbroken;
    train_in("stream_whole", stateful_program(3), unbroken);
    for (const std::uint64_t steps : {1, 4, 6, 7, 11}) {
        CAPTURE(steps);
        Watcher first(steps);
        train_in("stream_parts", stateful_program(3), first, {.threads = 1});
        Watcher second;
        train_in("stream_parts", stateful_program(3), second, {.resume = "stream_parts/last.h5", .threads = 3});
        CHECK(bytes_of("stream_whole/last.h5") == bytes_of("stream_parts/last.h5"));
    }
}

TEST_CASE("carries: they matter, and each pass begins with zeros") {
    Watcher carried, apart;
    train_in("carried", stateful_program(2), carried);
    std::string without = stateful_program(2);
    for (std::size_t at = without.find(", stateful: true"); at != std::string::npos;
         at = without.find(", stateful: true"))
        without.erase(at, 16);
    train_in("apart", without, apart);
    CHECK(carried.epochs.back().training != apart.epochs.back().training);
    // The holdout was judged after training had carried states; alone it is judged the same.
    const Evaluation alone = evaluate(shipped_plugins(), {.checkpoint = "carried/last.h5"});
    CHECK(alone.metrics == carried.epochs.back().holdout);
}

TEST_CASE("carries: a checkpoint in mid-stream has them") {
    Watcher first(2);
    train_in("stream_taken", stateful_program(1), first);
    const Checkpoint left("stream_taken/last.h5");
    for (const char* name : {"memory/h", "memory/c", "last/h"}) {
        CAPTURE(name);
        const CheckpointTensor* carry = left.find(std::string("/training/main/carries/main/") + name);
        REQUIRE(carry != nullptr);
        CHECK(carry->values.shape()[0] == 4);
    }
}

TEST_CASE("carries: data that does not go on from batch to batch is refused, saying what to write") {
    const std::string who =
        "lstm 'memory' carries its state from batch to batch, so that each sample of a batch must go on where that of "
        "the batch before ended: ";
    CHECK(refused(stateful_program(1, "4", "true")) ==
          "refused_streams.yaml:2:3: " + who + "write shuffle: false in 'data'");
    CHECK(refused(stateful_program(1, "0")) ==
          "refused_streams.yaml:2:12: " + who +
              "data.source, synthetic, is cut in 0 streams, and a batch has 4 samples: give both the same number");
    // A plugin may hold out what it likes.
    const Session session = open_session(
        shipped_plugins(), parse_program(stateful_program(1), "a.yaml", ".", {}, shipped_plugins().types()));
    const Plan plan = plan_step(session, Mode::inference, {}, 1, {});
    const auto judged = [&](std::size_t first, std::size_t samples) {
        try {
            refuse_broken_streams(session, plan,
                                  {*session.source, session.program.data.source, "data.source", first, samples}, 4);
        } catch (const InputError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK(judged(0, 24) == "");
    CHECK(judged(0, 26) == "a.yaml:2:3: " + who +
                               "of the 26 samples of data.source from number 0 on, the last batch would be short or "
                               "begin in the middle: hold out a multiple of 4");
    CHECK(judged(26, 8) != "");
}
