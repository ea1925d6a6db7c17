// A run that was stopped and resumed is the run that was not: the same bytes in every file.
#include <doctest/doctest.h>

#include "plexus/checkpoint.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"
#include "tests/core/train/trained.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

void same_files(const std::filesystem::path& a, const std::filesystem::path& b) {
    for (const char* name : {"last.h5", "best.h5", "metrics.csv", "graph.yaml"}) {
        CAPTURE(name);
        CHECK(bytes_of(a / name) == bytes_of(b / name));
    }
}

std::string refused(const std::filesystem::path& folder, const std::string& program, TrainingOptions options) {
    Watcher watcher;
    try {
        train_in(folder, program, watcher, std::move(options));
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("resume: stopped anywhere, a run goes on bit for bit") {
    Watcher unbroken;
    train_in("whole", rich_program(4), unbroken);
    // In mid-epoch, at an epoch's last step, before and after the average exists.
    for (const std::uint64_t steps : {1, 3, 5, 7, 10, 13, 17}) {
        CAPTURE(steps);
        Watcher first(steps);
        CHECK(train_in("parts", rich_program(4), first).ending == TrainingResult::Ending::interrupted);
        Watcher second;
        CHECK(train_in("parts", rich_program(4), second, {.resume = "parts/last.h5"}).ending ==
              TrainingResult::Ending::finished);
        same_files("whole", "parts");
    }
}

TEST_CASE("resume: stopped between the phases of a round, a run goes on bit for bit") {
    Watcher unbroken;
    train_in("whole_round", alternating_program(3), unbroken);
    for (const std::uint64_t steps : {1, 2, 3, 5, 8, 14}) {
        CAPTURE(steps);
        Watcher first(steps);
        CHECK(train_in("part_round", alternating_program(3), first).ending == TrainingResult::Ending::interrupted);
        Watcher second;
        train_in("part_round", alternating_program(3), second, {.resume = "part_round/last.h5", .threads = 3});
        same_files("whole_round", "part_round");
    }
    for (const char* picture : {"step_000002.png", "step_000014.png"})
        CHECK(bytes_of(std::filesystem::path("whole_round/samples") / picture) ==
              bytes_of(std::filesystem::path("part_round/samples") / picture));
}

TEST_CASE("resume: what is looked at may change, and the weights do not") {
    Watcher whole, first(3), second;
    train_in("seen", alternating_program(2), whole);
    train_in("unseen", alternating_program(2), first);
    train_in("unseen", alternating_program(2), second,
             {.overrides = {{"samples.count", "4"}, {"samples.every", "{epoch: 1}"}}, .resume = "unseen/last.h5"});
    CHECK(Checkpoint("seen/last.h5").digest() == Checkpoint("unseen/last.h5").digest());
}

TEST_CASE("resume: what one stop leaves, two stops leave, with the statistics of the average too") {
    for (const std::uint64_t steps : {6, 12, 17}) {
        CAPTURE(steps);
        Watcher once(steps + 1);
        train_in("once", rich_program(4), once);
        Watcher first(steps), second(1);
        train_in("twice", rich_program(4), first);
        train_in("twice", rich_program(4), second, {.resume = "twice/last.h5"});
        CHECK(bytes_of("once/last.h5") == bytes_of("twice/last.h5"));
    }
}

TEST_CASE("resume: another number of threads changes nothing") {
    Watcher a, b;
    train_in("one", rich_program(3), a, {.threads = 1});
    train_in("three", rich_program(3), b, {.threads = 3});
    same_files("one", "three");
}

TEST_CASE("resume: more epochs are said, another batch is refused") {
    Watcher first;
    train_in("longer", rich_program(2), first);
    Watcher second;
    train_in("longer", rich_program(3), second, {.resume = "longer/last.h5"});
    REQUIRE(second.notices.size() == 1);
    CHECK(second.notices[0] == "changed on resume: train.epochs: 2 -> 3");
    CHECK(refused("longer", rich_program(3), {.overrides = {{"train.batch", "12"}}, .resume = "longer/last.h5"}) ==
          "longer/last.h5: this run has train.batch = 10, the graph now says 12; a run cannot go on with that changed: "
          "start a new one");
}

TEST_CASE("resume: a folder with a run in it is not written over by accident") {
    Watcher watcher;
    train_in("taken", rich_program(1), watcher);
    Watcher again;
    TrainingOptions options{.graph = "taken.yaml", .out = "taken"};
    std::string message;
    try {
        train(Environment(), options, again, again.stop);
    } catch (const InputError& error) {
        message = error.what();
    }
    CHECK(message ==
          "taken: there is a run in this folder; go on with it by --resume taken/last.h5, replace it by "
          "--overwrite, or name another with --out");
}

TEST_CASE("resume: a worse epoch after it does not replace the best") {
    Watcher watcher;
    train_in("best", rich_program(4), watcher);
    const Checkpoint best("best/best.h5"), last("best/last.h5");
    double highest = 1e9;
    std::int64_t at = 0;
    for (const HistoryRow& row : last.history())
        if (row.split == "holdout" && row.metric == "loss" && row.value < highest) {
            highest = row.value;
            at = row.epoch;
        }
    CHECK(best.history().back().epoch == at);
}
