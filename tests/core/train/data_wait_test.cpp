#include "core/train/data_wait.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/core/train/trained.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

// Samples of so many numbers, which a data set has to make, for a network that does next to nothing with them.
constexpr const char* wide_samples = R"(
data: {source: {synthetic: {shape: [192, 192, 4], classes: 3, samples: 256}}}
network:
  - max_pool2d: {pool_size: 64}
  - flatten
  - dense: {units: 3}
loss: softmax_cross_entropy
train: {epochs: 2, batch: 64, optimizer: {sgd: {learning_rate: 0.01}}}
)";

bool about_data(const std::string& notice) {
    return notice.find("the data do not keep up: ") == 0;
}

}  // namespace

TEST_CASE("data_wait: says how much was waited, for what, and what would help") {
    const DataWait wait{.epoch = 3, .steps = 100, .threads = 2, .whole = 2, .waited = 0.5, .reading = 3};
    CHECK(notice_of(wait, "images") ==
          "the data do not keep up: 25 % of epoch 3 was spent waiting for samples. Reading a batch from 'images' takes "
          "30 ms of a thread, a step without waiting 15 ms on 2 threads; samples that need less decoding, or more "
          "threads, would help");
}

TEST_CASE("data_wait: is silent where little was waited, or for too short a time to judge") {
    CHECK(notice_of({.epoch = 1, .steps = 100, .threads = 2, .whole = 2, .waited = 0.09, .reading = 3}, "csv").empty());
    CHECK(
        notice_of({.epoch = 1, .steps = 1, .threads = 2, .whole = 0.05, .waited = 0.04, .reading = 1}, "csv").empty());
    CHECK(notice_of({}, "csv").empty());
}

TEST_CASE("data_wait: a run tells it once, and only where it is so") {
    Watcher slow;
    train_in("data_wait_slow", wide_samples, slow);
    CHECK(std::ranges::count_if(slow.notices, about_data) == 1);
    Watcher quick;
    train_in("data_wait_quick", rich_program(2), quick);
    CHECK(std::ranges::count_if(quick.notices, about_data) == 0);
}
