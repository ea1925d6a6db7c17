#include <doctest/doctest.h>

#include "tests/plugins/optimizers/training.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("swa: start 10, frequency 5 and 100 steps average the 18 snapshots 15, 20, ..., 100") {
    for (const char* written :
         {"{swa: {base: {sgd: {learning_rate: 0.2}}, start: {step: 10}, frequency: {step: 5}, learning_rate: 0.05}}",
          "{swa: {base: {sgd: {learning_rate: 0.2}}, start: {epoch: 1}, frequency: {epoch: 0.5}, learning_rate: 0.05}}",
          "{swa: {base: {sgd: {learning_rate: 0.2}}, start: {fraction: 0.1}, frequency: {fraction: 0.05}, "
          "learning_rate: 0.05}}"}) {
        CAPTURE(written);
        Training training{written, std::vector<float>(13, 1.0F)};
        std::vector<int> snapshots;
        std::vector<double> w(13, 1.0), average(13);
        for (int step = 0; step < 100; ++step) {
            const Progress progress = progress_after(static_cast<std::uint64_t>(step));
            CHECK(training.subject().learning_rate(progress) == (step < 10 ? 0.2 : 0.05));
            const auto g = noisy_gradient(w, step);
            training.step(noisy_gradient(training.weights, step), progress);
            for (std::size_t i = 0; i < w.size(); ++i)
                w[i] -= (step < 10 ? 0.2 : 0.05) * g[i];
            if (training.counters().back() != 0) {
                snapshots.push_back(step + 1);
                for (std::size_t i = 0; i < w.size(); ++i)
                    average[i] += (w[i] - average[i]) / static_cast<double>(snapshots.size());
            }
            const auto slot = training.subject().inference_slot(training.counters());
            CHECK(slot.has_value() == (step + 1 >= 15));
        }
        CHECK(snapshots == std::vector<int>{15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100});
        CHECK(training.layout().slots == std::vector<std::string>{"average"});
        CHECK(training.layout().counters == std::vector<std::string>{"snapshots", "joining"});
        CHECK(training.counters() == std::vector<double>{18, 1});
        CHECK(largest_error(training.weights, w) < 1e-5);
        CHECK(largest_error(training.slot(*training.subject().inference_slot(training.counters())), average) < 1e-5);
    }
}

TEST_CASE("swa: keeps the slots, counters and rate of what it wraps, and moves the weights as that does alone") {
    Training base{"{adam: {learning_rate: {linear: {initial: 0.1}}}}", std::vector<float>(13, 1.0F)};
    Training swa{
        "{swa: {base: {adam: {learning_rate: {linear: {initial: 0.1}}}}, start: {step: 0}, frequency: {step: 1}}}",
        std::vector<float>(13, 1.0F)};
    CHECK(swa.layout().slots == std::vector<std::string>{"first_moment", "second_moment", "average"});
    CHECK(swa.layout().counters == std::vector<std::string>{"updates", "snapshots", "joining"});
    for (int step = 0; step < 30; ++step) {
        const Progress progress = progress_after(static_cast<std::uint64_t>(step));
        base.step(noisy_gradient(base.weights, step), progress);
        swa.step(noisy_gradient(swa.weights, step), progress);
    }
    CHECK(swa.weights == base.weights);
    CHECK(swa.counters() == std::vector<double>{30, 30, 1});
    CHECK(swa.subject().inference_slot(swa.counters()) == 2U);
}

TEST_CASE("swa: negative numbers, unknown units and a frequency of nothing are refused") {
    const auto message = [](const char* attributes) {
        return refusal_of([&] { optimizer(std::string("{swa: {") + attributes + "}}"); });
    };
    CHECK(message("frequency: {step: 0}").ends_with("'frequency' must be one step or more"));
    CHECK(message("frequency: {epoch: 0}").ends_with("'frequency' must be one step or more"));
    CHECK(message("start: {step: -1}").starts_with("test:1:"));
    CHECK(message("start: 10").starts_with("test:1:"));
    CHECK(message("learning_rate: -0.1").starts_with("test:1:"));
    CHECK(message("start: {step: 1}") == "");
}
