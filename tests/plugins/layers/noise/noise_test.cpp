#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "plexus/text.hpp"
#include "tests/plugins/made.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

std::vector<float> numbers(const Array& array) {
    return {array.as().begin(), array.as().end()};
}

double mean_of(const std::vector<float>& values, int power = 1) {
    double sum = 0;
    for (const float value : values)
        sum += std::pow(value, power);
    return sum / static_cast<double>(values.size());
}

const TensorType code{{5, 3}, Element::float32};

}  // namespace

TEST_CASE("normal_noise: what it draws depends on seed, step and sample, not on shards or threads") {
    const auto draws = [](LayerUnderTest::Options options, int runs = 1) {
        LayerUnderTest layer{Kind::layer, "normal_noise", "{shape: [3, 5]}", {}, options};
        for (int run = 0; run < runs; ++run)
            layer.run();
        return numbers(layer.output());
    };
    const auto first = draws({.shard = 2, .seed = 1, .threads = 2});
    CHECK(draws({.shard = 6, .seed = 1, .threads = 1}) == first);
    CHECK(draws({.shard = 1, .seed = 1, .threads = 2}) == first);
    CHECK(draws({.shard = 2, .seed = 2, .threads = 2}) != first);
    CHECK(draws({.shard = 2, .seed = 1, .threads = 2}, 2) != first);
}

TEST_CASE("normal_noise: has the mean and the deviation that were asked for") {
    LayerUnderTest layer{"normal_noise", "{shape: [10001], mean: 2, stddev: 0.5}", {}};
    layer.run();
    const auto y = numbers(layer.output());
    const double mean = mean_of(y);
    CHECK(std::abs(mean - 2) < 5 * 0.5 / std::sqrt(y.size()));
    CHECK(std::abs(mean_of(y, 2) - mean * mean - 0.25) < 5 * 0.25 * std::sqrt(2.0 / static_cast<double>(y.size())));
}

TEST_CASE("normal_noise: shapes that no tensor has are refused") {
    const auto message = [](const std::string& attributes) {
        return refusal_of([&] { LayerUnderTest{"normal_noise", attributes, {}}; });
    };
    CHECK(message("{shape: [3, 0]}") == "test:1:24: 'shape' has a 0; each must be 1 or more");
    CHECK(message("{shape: [1, 1, 1, 1, 1, 1, 1, 1, 1]}").starts_with("test:1:24: 'shape' has 9 dimensions; up to "));
    CHECK(message("").starts_with("test:1:1: normal_noise wants 'shape'"));
}

TEST_CASE("gaussian_sampling: moves and widens one and the same noise, and its gradients are right") {
    LayerUnderTest layer{"gaussian_sampling", "", {code, code}};
    layer.randomize();
    CHECK(gradient_error(layer) < 1e-3);
    for (std::size_t i = 0; i < 15; ++i) {
        layer.input(0).as()[i] = 0;
        layer.input(1).as()[i] = 0;
    }
    layer.run();
    // Each run draws anew, so the noise is told from the output by its own gradient: dy / dlog_variance = e deviation
    // / 2.
    for (std::size_t i = 0; i < 15; ++i) {
        layer.input(0).as()[i] = 0.25F * static_cast<float>(i);
        layer.input(1).as()[i] = 0.1F * static_cast<float>(i) - 0.7F;
        layer.output_gradient(0).as()[i] = 1;
        layer.output_gradient(1).as()[i / 3] = 0;
    }
    layer.run();
    std::vector<double> divergence(5);
    for (std::size_t i = 0; i < 15; ++i) {
        const double mean = layer.input(0).as()[i], log_variance = layer.input(1).as()[i];
        CHECK(layer.input_gradient(0).as()[i] == 1);
        CHECK(std::abs(layer.output(0).as()[i] - mean - 2 * layer.input_gradient(1).as()[i]) < 1e-5);
        divergence[i / 3] += (std::exp(log_variance) + mean * mean - 1 - log_variance) / 2;
    }
    for (std::size_t n = 0; n < 5; ++n)
        CHECK(layer.output(1).as()[n] == doctest::Approx(divergence[n]).epsilon(1e-6));
}

TEST_CASE("gaussian_sampling: one input with means and log variances is the same as two") {
    LayerUnderTest two{"gaussian_sampling", "", {code, code}};
    LayerUnderTest one{"gaussian_sampling", "", {{{5, 6}, Element::float32}}};
    two.randomize();
    for (std::size_t i = 0; i < 15; ++i) {
        one.input(0).as()[i / 3 * 6 + i % 3] = two.input(0).as()[i];
        one.input(0).as()[i / 3 * 6 + 3 + i % 3] = two.input(1).as()[i];
        one.output_gradient(0).as()[i] = two.output_gradient(0).as()[i];
        one.output_gradient(1).as()[i / 3] = two.output_gradient(1).as()[i / 3];
    }
    one.run();
    two.run();
    CHECK(numbers(one.output(0)) == numbers(two.output(0)));
    CHECK(numbers(one.output(1)) == numbers(two.output(1)));
    for (std::size_t i = 0; i < 15; ++i) {
        CHECK(one.input_gradient(0).as()[i / 3 * 6 + i % 3] == two.input_gradient(0).as()[i]);
        CHECK(one.input_gradient(0).as()[i / 3 * 6 + 3 + i % 3] == two.input_gradient(1).as()[i]);
    }
    one.randomize();
    CHECK(gradient_error(one) < 1e-3);
}

TEST_CASE("uniform_noise: lies evenly between its bounds") {
    LayerUnderTest layer{"uniform_noise", "{shape: [10000], minval: -1, maxval: 3}", {}};
    layer.run();
    const auto y = numbers(layer.output());
    CHECK(*std::ranges::min_element(y) >= -1);
    CHECK(*std::ranges::max_element(y) < 3);
    CHECK(std::abs(mean_of(y) - 1) < 5 * 4 / std::sqrt(12.0 * static_cast<double>(y.size())));
    CHECK(refusal_of([] {
              LayerUnderTest{"uniform_noise", "{shape: [1], minval: 2, maxval: 1}", {}};
          }) == "test:1:49: 'maxval' must be at least 'minval'");
}

TEST_CASE("gaussian_noise: adds noise in training, and lets gradients through") {
    LayerUnderTest layer{"gaussian_noise", "{stddev: 0.5}", {{{6, 1000}, Element::float32}}};
    layer.randomize();
    layer.run();
    std::vector<float> noise;
    for (std::size_t i = 0; i < 6000; ++i)
        noise.push_back(layer.output().as()[i] - layer.input(0).as()[i]);
    CHECK(std::abs(mean_of(noise, 2) - 0.25) < 5 * 0.25 * std::sqrt(2.0 / 6000));
    CHECK(numbers(layer.input_gradient(0)) == numbers(layer.output_gradient()));
    LayerUnderTest still{Kind::layer, "gaussian_noise", "{stddev: 0.5}", {code}, {.mode = Mode::inference}};
    still.randomize();
    still.run();
    CHECK(numbers(still.output()) == numbers(still.input(0)));
}

TEST_CASE("gaussian_sampling: what describes no distribution is refused") {
    CHECK(
        refusal(Kind::layer, "gaussian_sampling", "", {code, {{5, 4}, Element::float32}}) ==
        "test:1:1: gaussian_sampling 'gaussian_sampling': the logarithms of the variances have shape [5, 4] (from the "
        "data), the means [5, 3] (from the data); both must have the same");
    CHECK(refusal(Kind::layer, "gaussian_sampling", "", {code}) ==
          "test:1:1: gaussian_sampling 'gaussian_sampling': input has shape [5, 3] (from the data); its features are "
          "means and, after these, as many logarithms of variances: their number must be even");
}
