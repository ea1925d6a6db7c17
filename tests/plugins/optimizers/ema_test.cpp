#include <doctest/doctest.h>

#include "tests/plugins/optimizers/training.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("ema: copies the first weights and stays within 1e-5 of its formula in double over 100 steps") {
    for (const auto& [written, decay, start] :
         {std::tuple{"{ema: {base: {sgd: {learning_rate: 0.2}}}}", 0.999, 0},
          std::tuple{"{ema: {base: {sgd: {learning_rate: 0.2}}, decay: 0.9, start: {epoch: 1}}}", 0.9, 10},
          std::tuple{"{ema: {base: {sgd: {learning_rate: 0.2}}, decay: 0, start: {fraction: 0.5}}}", 0.0, 50}}) {
        CAPTURE(written);
        Training training{written, std::vector<float>(13, 1.0F)};
        std::vector<double> w(13, 1.0), average(13);
        for (int step = 0; step < 100; ++step) {
            const auto g = noisy_gradient(w, step);
            training.step(noisy_gradient(training.weights, step), progress_after(static_cast<std::uint64_t>(step)));
            for (std::size_t i = 0; i < w.size(); ++i)
                w[i] -= 0.2 * g[i];
            const auto slot = training.subject().inference_slot(training.counters());
            CHECK(slot.has_value() == (step >= start));
            for (std::size_t i = 0; i < w.size() && step >= start; ++i)
                average[i] = step == start ? w[i] : decay * average[i] + (1 - decay) * w[i];
            if (step == start)
                CHECK(training.slot(*slot) == training.weights);
        }
        CHECK(training.layout().slots == std::vector<std::string>{"moving_average"});
        CHECK(training.layout().counters == std::vector<std::string>{"averaged", "averaging"});
        CHECK(training.counters() == std::vector<double>{100.0 - start, 1});
        CHECK(largest_error(training.weights, w) < 1e-5);
        CHECK(largest_error(training.slot(0), average) < 1e-5);
    }
}

TEST_CASE("ema: a decay of 1 and a start without a unit are refused") {
    CHECK(refusal_of([] { optimizer("{ema: {decay: 1}}"); }) ==
          "test:1:15: ema 'decay' is 1; it must be at least 0 and below 1");
    CHECK(refusal_of([] { optimizer("{ema: {start: 10}}"); }).starts_with("test:1:15: "));
}
