#include <doctest/doctest.h>

#include <limits>

#include "tests/plugins/optimizers/training.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("weight_clipping: stays within 1e-5 of base's formula with clamped weights over 100 steps") {
    Training training{"{weight_clipping: {base: {sgd: {learning_rate: 0.2}}, limit: 0.3}}",
                      std::vector<float>(13, 1.0F)};
    std::vector<double> w(13, 1.0);
    std::size_t clamped = 0;
    for (int step = 0; step < 100; ++step) {
        training.step(noisy_gradient(training.weights, step));
        const auto g = noisy_gradient(w, step);
        for (std::size_t i = 0; i < w.size(); ++i) {
            const double moved = w[i] - 0.2 * g[i];
            w[i] = std::clamp(moved, -0.3, 0.3);
            clamped += w[i] != moved;
        }
        CHECK(std::ranges::all_of(training.weights, [](float v) { return v >= -0.3F && v <= 0.3F; }));
    }
    CHECK(largest_error(training.weights, w) < 1e-5);
    CHECK(clamped > 100);
    CHECK(clamped < 1200);
}

TEST_CASE("weight_clipping: hides no NaN, and keeps no slot and no counter") {
    Training training{"{weight_clipping: {limit: 0.01}}", {1, 1}};
    const float gradient[] = {std::numeric_limits<float>::quiet_NaN(), 1e30F};
    training.step(gradient);
    CHECK(std::isnan(training.weights[0]));
    CHECK(training.weights[1] == -0.01F);
    CHECK(training.layout().slots.empty());
    CHECK(training.layout().counters.empty());
}

TEST_CASE("weight_clipping: a limit is wanted, above 0") {
    CHECK(refusal_of([] { optimizer("weight_clipping"); }) ==
          "test:1:1: weight_clipping wants 'limit', a number: largest size of a weight");
    CHECK(refusal_of([] { optimizer("{weight_clipping: {limit: 0}}"); }) ==
          "test:1:27: weight_clipping 'limit' is 0; it must be above 0");
}
