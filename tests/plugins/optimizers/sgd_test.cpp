#include <doctest/doctest.h>

#include <cstring>

#include "tests/plugins/optimizers/training.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

struct Settings {
    const char* written;
    const char* fixture;  ///< of the same settings in PyTorch
    double rate, momentum, decay, clip;
    bool nesterov;
};

const Settings all[] = {
    {"{sgd: {learning_rate: 0.1}}", "sgd", 0.1, 0, 0, 0, false},
    {"{sgd: {learning_rate: 0.1, momentum: 0.9, weight_decay: 0.01}}", "sgd_momentum", 0.1, 0.9, 0.01, 0, false},
    {"{sgd: {learning_rate: 0.1, momentum: 0.9, nesterov: true}}", "sgd_nesterov", 0.1, 0.9, 0, 0, true},
    {"{sgd: {learning_rate: 0.1, momentum: 0.9, clip_norm: 1.5}}", "sgd_clipped", 0.1, 0.9, 0, 1.5, false},
};

}  // namespace

TEST_CASE("sgd: agrees with PyTorch after each of 20 steps") {
    for (const Settings& s : all) {
        CAPTURE(s.written);
        CHECK(error_against_torch(s.written, s.fixture) < 1e-6);
    }
}

TEST_CASE("sgd: stays within 1e-5 of its formula in double over 100 steps") {
    for (const Settings& s : all) {
        CAPTURE(s.written);
        std::vector<double> w(13, 1.0), v(13);
        Training training{s.written, std::vector<float>(13, 1.0F)};
        for (int step = 0; step < 100; ++step) {
            training.step(noisy_gradient(training.weights, step));
            auto g = noisy_gradient(w, step);
            const double factor = clipping_factor(g, s.clip);
            for (std::size_t i = 0; i < w.size(); ++i) {
                const double step_gradient = g[i] * factor + s.decay * w[i];
                v[i] = s.momentum * v[i] + step_gradient;
                w[i] -= s.rate * (s.nesterov ? step_gradient + s.momentum * v[i] : v[i]);
            }
        }
        CHECK(largest_error(training.weights, w) < 1e-5);
    }
}

TEST_CASE("sgd: keeps a slot only for momentum, and the same bits in tiles of any size") {
    CHECK(Training{"sgd", {1}}.layout().slots.empty());
    CHECK(Training{"{sgd: {momentum: 0.5}}", {1}}.layout().slots == std::vector<std::string>{"momentum"});
    CHECK(Training{"{sgd: {clip_norm: 1}}", {1}}.layout().gradient_norm);
    Training small{all[2].written, std::vector<float>(13, 1.0F)},
        large = {all[2].written, std::vector<float>(13, 1.0F)};
    for (int step = 0; step < 10; ++step) {
        small.step(noisy_gradient(small.weights, step), {}, 3);
        large.step(noisy_gradient(large.weights, step), {}, 100);
    }
    CHECK(std::memcmp(small.weights.data(), large.weights.data(), 13 * sizeof(float)) == 0);
}

TEST_CASE("sgd: nesterov without momentum is refused") {
    CHECK(refusal_of([] { optimizer("{sgd: {nesterov: true}}"); }) == "test:1:18: 'nesterov' wants a momentum above 0");
}
