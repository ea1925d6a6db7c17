#include <doctest/doctest.h>

#include "tests/plugins/optimizers/training.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

struct Settings {
    const char* written;
    const char* fixture;  ///< of the same settings in PyTorch
    double beta_1, beta_2, decay;
};

const Settings all[] = {
    {"{adam: {learning_rate: 0.01}}", "adam", 0.9, 0.999, 0},
    {"{adam: {learning_rate: 0.01, beta_1: 0.5, beta_2: 0.99, weight_decay: 0.1}}", "adam_decay", 0.5, 0.99, 0.1},
};

}  // namespace

TEST_CASE("adam: agrees with PyTorch after each of 20 steps") {
    for (const Settings& s : all) {
        CAPTURE(s.written);
        CHECK(error_against_torch(s.written, s.fixture) < 1e-6);
    }
}

TEST_CASE("adam: stays within 1e-5 of its formula in double over 100 steps") {
    for (const Settings& s : all) {
        CAPTURE(s.written);
        std::vector<double> w(13, 1.0), m(13), v(13);
        Training training{s.written, std::vector<float>(13, 1.0F)};
        for (int step = 0; step < 100; ++step) {
            training.step(noisy_gradient(training.weights, step));
            auto g = noisy_gradient(w, step);
            const double first = 1 - std::pow(s.beta_1, step + 1);
            const double second = 1 - std::pow(s.beta_2, step + 1);
            for (std::size_t i = 0; i < w.size(); ++i) {
                g[i] += s.decay * w[i];
                m[i] = s.beta_1 * m[i] + (1 - s.beta_1) * g[i];
                v[i] = s.beta_2 * v[i] + (1 - s.beta_2) * g[i] * g[i];
                w[i] -= 0.01 / first * m[i] / (std::sqrt(v[i] / second) + 1e-8);
            }
        }
        CHECK(largest_error(training.weights, w) < 1e-5);
        CHECK(training.counters() == std::vector<double>{100});
    }
}

TEST_CASE("adam: a beta of 1 and an epsilon of 0 are refused") {
    CHECK(refusal_of([] { optimizer("{adam: {beta_1: 1}}"); }) ==
          "test:1:17: adam 'beta_1' is 1; it must be at least 0 and below 1");
    CHECK(refusal_of([] { optimizer("{adam: {epsilon: 0}}"); }) ==
          "test:1:18: adam 'epsilon' is 0; it must be above 0");
}
