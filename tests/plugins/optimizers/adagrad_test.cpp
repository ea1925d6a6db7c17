#include <doctest/doctest.h>

#include "tests/plugins/optimizers/training.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

struct Settings {
    const char* written;
    const char* fixture;  ///< of the same settings in PyTorch
    double rate, rate_decay, initial, decay, clip;
};

const Settings all[] = {
    {"adagrad", "adagrad", 0.01, 0, 0, 0, 0},
    {"{adagrad: {learning_rate: 0.1, learning_rate_decay: 0.01, weight_decay: 0.1, initial_accumulator_value: 0.5, "
     "clip_norm: 1.5}}",
     "adagrad_decay", 0.1, 0.01, 0.5, 0.1, 1.5},
};

}  // namespace

TEST_CASE("adagrad: agrees with PyTorch after each of 20 steps") {
    for (const Settings& s : all) {
        CAPTURE(s.written);
        CHECK(error_against_torch(s.written, s.fixture) < 1e-6);
    }
}

TEST_CASE("adagrad: stays within 1e-5 of its formula in double over 100 steps") {
    for (const Settings& s : all) {
        CAPTURE(s.written);
        std::vector<double> w(13, 1.0), sums(13, s.initial);
        Training training{s.written, std::vector<float>(13, 1.0F)};
        for (int step = 0; step < 100; ++step) {
            training.step(noisy_gradient(training.weights, step));
            const auto gradients = noisy_gradient(w, step);
            const double factor = clipping_factor(gradients, s.clip);
            for (std::size_t i = 0; i < w.size(); ++i) {
                const double g = factor * gradients[i] + s.decay * w[i];
                sums[i] += g * g;
                w[i] -= s.rate / (1 + step * s.rate_decay) * g / (std::sqrt(sums[i]) + 1e-10);
            }
        }
        CHECK(largest_error(training.weights, w) < 1e-5);
        CHECK(training.counters() == std::vector<double>{100});
        CHECK(training.layout().slots == std::vector<std::string>{"sum_of_squares"});
    }
}

TEST_CASE("adagrad: a negative accumulator is refused") {
    CHECK(refusal_of([] { optimizer("{adagrad: {initial_accumulator_value: -1}}"); }) ==
          "test:1:39: adagrad 'initial_accumulator_value' is -1; it must be at least 0");
}
