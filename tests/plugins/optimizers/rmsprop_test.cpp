#include <doctest/doctest.h>

#include "tests/plugins/optimizers/training.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

struct Settings {
    const char* written;
    const char* fixture;  ///< of the same settings in PyTorch
    double rho, momentum, epsilon, decay, clip;
    bool centered;
};

const Settings all[] = {
    {"rmsprop", "rmsprop", 0.99, 0, 1e-8, 0, 0, false},
    {"{rmsprop: {rho: 0.9, momentum: 0.5}}", "rmsprop_momentum", 0.9, 0.5, 1e-8, 0, 0, false},
    {"{rmsprop: {centered: true, weight_decay: 0.1}}", "rmsprop_centered", 0.99, 0, 1e-8, 0.1, 0, true},
    {"{rmsprop: {epsilon: 1e-3, centered: true, momentum: 0.9, clip_norm: 1.5}}", "rmsprop_both", 0.99, 0.9, 1e-3, 0,
     1.5, true},
};

}  // namespace

TEST_CASE("rmsprop: agrees with PyTorch after each of 20 steps") {
    for (const Settings& s : all) {
        CAPTURE(s.written);
        CHECK(error_against_torch(s.written, s.fixture) < 1e-6);
    }
}

TEST_CASE("rmsprop: stays within 1e-5 of its formula in double over 100 steps") {
    for (const Settings& s : all) {
        CAPTURE(s.written);
        std::vector<double> w(13, 1.0), square(13), mean(13), v(13);
        Training training{s.written, std::vector<float>(13, 1.0F)};
        for (int step = 0; step < 100; ++step) {
            training.step(noisy_gradient(training.weights, step));
            const auto gradients = noisy_gradient(w, step);
            const double factor = clipping_factor(gradients, s.clip);
            for (std::size_t i = 0; i < w.size(); ++i) {
                const double g = factor * gradients[i] + s.decay * w[i];
                square[i] = s.rho * square[i] + (1 - s.rho) * g * g;
                if (s.centered)
                    mean[i] = s.rho * mean[i] + (1 - s.rho) * g;
                v[i] = s.momentum * v[i] + g / (std::sqrt(square[i] - mean[i] * mean[i]) + s.epsilon);
                w[i] -= 0.01 * v[i];
            }
        }
        CHECK(largest_error(training.weights, w) < 1e-5);
    }
}

TEST_CASE("rmsprop: keeps slots only for what is wanted") {
    using Names = std::vector<std::string>;
    CHECK(Training{all[0].written, {1}}.layout().slots == Names{"mean_square"});
    CHECK(Training{all[1].written, {1}}.layout().slots == Names{"mean_square", "momentum"});
    CHECK(Training{all[2].written, {1}}.layout().slots == Names{"mean_square", "mean_gradient"});
    CHECK(Training{all[3].written, {1}}.layout().slots == Names{"mean_square", "mean_gradient", "momentum"});
    CHECK(Training{all[3].written, {1}}.layout().gradient_norm);
}

TEST_CASE("rmsprop: a gradient that does not change gives no NaN when it is centered") {
    Training training{"{rmsprop: {centered: true, epsilon: 0.1}}", std::vector<float>(9, 1.0F)};
    std::vector<float> gradient;
    for (int i = 1; i < 10; ++i)
        gradient.push_back(0.1F * static_cast<float>(i));
    for (int step = 0; step < 5000; ++step)
        training.step(gradient);
    for (const float w : training.weights)
        CHECK(std::isfinite(w));
}

TEST_CASE("rmsprop: a rho of 1 is refused") {
    CHECK(refusal_of([] { optimizer("{rmsprop: {rho: 1}}"); }) ==
          "test:1:17: rmsprop 'rho' is 1; it must be at least 0 and below 1");
}
