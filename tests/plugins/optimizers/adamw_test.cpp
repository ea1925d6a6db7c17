#include <doctest/doctest.h>

#include "tests/plugins/optimizers/training.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

struct Settings {
    const char* written;
    const char* fixture;  ///< of the same settings in PyTorch
    double beta_1, beta_2, decay, clip;
};

const Settings all[] = {
    {"{adamw: {learning_rate: 0.01}}", "adamw", 0.9, 0.999, 0.01, 0},
    {"{adamw: {learning_rate: 0.01, beta_1: 0.5, beta_2: 0.99, weight_decay: 0.5, clip_norm: 1.5}}", "adamw_decay", 0.5,
     0.99, 0.5, 1.5},
};

}  // namespace

TEST_CASE("adamw: agrees with PyTorch after each of 20 steps") {
    for (const Settings& s : all) {
        CAPTURE(s.written);
        CHECK(error_against_torch(s.written, s.fixture) < 1e-6);
    }
}

TEST_CASE("adamw: stays within 1e-5 of its formula in double over 100 steps") {
    for (const Settings& s : all) {
        CAPTURE(s.written);
        std::vector<double> w(13, 1.0), m(13), v(13);
        Training training{s.written, std::vector<float>(13, 1.0F)};
        for (int step = 0; step < 100; ++step) {
            training.step(noisy_gradient(training.weights, step));
            const auto gradients = noisy_gradient(w, step);
            const double factor = clipping_factor(gradients, s.clip);
            const double first = 1 - std::pow(s.beta_1, step + 1);
            const double second = 1 - std::pow(s.beta_2, step + 1);
            for (std::size_t i = 0; i < w.size(); ++i) {
                const double g = factor * gradients[i];
                w[i] -= 0.01 * s.decay * w[i];
                m[i] = s.beta_1 * m[i] + (1 - s.beta_1) * g;
                v[i] = s.beta_2 * v[i] + (1 - s.beta_2) * g * g;
                w[i] -= 0.01 / first * m[i] / (std::sqrt(v[i] / second) + 1e-8);
            }
        }
        CHECK(largest_error(training.weights, w) < 1e-5);
    }
}

TEST_CASE("adamw: without decay it is adam, bit for bit; a negative decay is refused") {
    Training adam{"adam", std::vector<float>(13, 1.0F)}, adamw{"{adamw: {weight_decay: 0}}", adam.weights};
    for (int step = 0; step < 20; ++step) {
        adam.step(noisy_gradient(adam.weights, step));
        adamw.step(noisy_gradient(adamw.weights, step));
    }
    CHECK(adam.weights == adamw.weights);
    CHECK(adam.layout().slots == adamw.layout().slots);
    CHECK(refusal_of([] { optimizer("{adamw: {weight_decay: -1}}"); }) ==
          "test:1:24: adamw 'weight_decay' is -1; it must be at least 0");
}
