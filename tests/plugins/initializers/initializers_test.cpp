#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/plugins/made.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

std::vector<float> filled(const std::string& written, const Shape& shape, RandomKey key = {1, 2}) {
    std::vector<float> values(static_cast<std::size_t>(shape.elements()), NAN);
    initializer(written)->fill(values, shape, key);
    return values;
}

struct Moments {
    double mean = 0, deviation = 0, lowest = INFINITY, highest = -INFINITY;
    explicit Moments(const std::vector<float>& values) {
        for (const double value : values) {
            mean += value / static_cast<double>(values.size());
            deviation += value * value / static_cast<double>(values.size());
            lowest = std::min(lowest, value);
            highest = std::max(highest, value);
        }
        deviation = std::sqrt(deviation - mean * mean);
    }
};

}  // namespace

TEST_CASE("initializers: mean, deviation and bounds are those of Keras") {
    // A kernel of 3 x 3, 40 inputs and 100 outputs: fan_in 360, fan_out 900.
    const Shape kernel{3, 3, 40, 100};
    struct Case {
        const char* written;
        double mean, deviation, bound;  ///< bound: largest distance from the mean, 0: none
    };
    const auto uniform = [](double variance) { return std::sqrt(3 * variance); };
    const auto cut = [](double variance) { return 2 * std::sqrt(variance) / 0.87962566103423978; };
    for (const Case& given : {
             Case{"glorot_uniform", 0, std::sqrt(1.0 / 630), uniform(1.0 / 630)},
             Case{"glorot_normal", 0, std::sqrt(1.0 / 630), cut(1.0 / 630)},
             Case{"he_uniform", 0, std::sqrt(2.0 / 360), uniform(2.0 / 360)},
             Case{"he_normal", 0, std::sqrt(2.0 / 360), cut(2.0 / 360)},
             Case{"lecun_uniform", 0, std::sqrt(1.0 / 360), uniform(1.0 / 360)},
             Case{"lecun_normal", 0, std::sqrt(1.0 / 360), cut(1.0 / 360)},
             Case{"variance_scaling", 0, std::sqrt(1.0 / 360), cut(1.0 / 360)},
             Case{"{variance_scaling: {scale: 0.5, mode: fan_avg, distribution: uniform}}", 0, std::sqrt(0.5 / 630),
                  uniform(0.5 / 630)},
             Case{"{variance_scaling: {scale: 3, mode: fan_out, distribution: untruncated_normal}}", 0,
                  std::sqrt(3.0 / 900), 0},
             Case{"random_uniform", 0, 0.1 / std::sqrt(12.0), 0.05},
             Case{"{random_uniform: {minval: 1, maxval: 3}}", 2, 2 / std::sqrt(12.0), 1},
             Case{"random_normal", 0, 0.05, 0},
             Case{"{normal: {mean: 1, stddev: 0.5}}", 1, 0.5, 0},
             Case{"{truncated_normal: {mean: 1, stddev: 0.5}}", 1, 0.5 * 0.87962566103423978, 1},
         }) {
        CAPTURE(given.written);
        const Moments got{filled(given.written, kernel)};
        CHECK(std::abs(got.mean - given.mean) < 5 * given.deviation / std::sqrt(36000.0));
        CHECK(got.deviation == doctest::Approx(given.deviation).epsilon(0.02));
        if (given.bound > 0) {
            CHECK(got.lowest >= given.mean - given.bound * (1 + 1e-6));
            CHECK(got.highest <= given.mean + given.bound * (1 + 1e-6));
            CHECK(got.highest > given.mean + 0.99 * given.bound);
        } else {
            CHECK(got.highest > given.mean + 3 * given.deviation);
        }
    }
}

TEST_CASE("initializers: fans of vectors and matrices") {
    CHECK(Moments{filled("glorot_uniform", {600, 400})}.highest ==
          doctest::Approx(std::sqrt(6.0 / 1000)).epsilon(0.001));
    CHECK(Moments{filled("he_uniform", {5000})}.highest == doctest::Approx(std::sqrt(6.0 / 5000)).epsilon(0.001));
}

TEST_CASE("initializers: orthogonal makes the shorter side of the matrix orthogonal, of length gain") {
    struct Case {
        const char* written;
        Shape shape;
        double gain;
    };
    for (const Case& given : {Case{"orthogonal", {40, 40}, 1}, Case{"orthogonal", {32, 128}, 1},
                              Case{"{orthogonal: {gain: 2}}", {3, 3, 5, 7}, 2}, Case{"orthogonal", {1, 1}, 1}}) {
        CAPTURE(given.shape);
        const std::vector<float> values = filled(given.written, given.shape);
        const auto columns = static_cast<std::size_t>(given.shape.back());
        const std::size_t rows = values.size() / columns;
        const std::size_t count = std::min(rows, columns), size = std::max(rows, columns);
        const auto at = [&](std::size_t vector, std::size_t i) {
            return static_cast<double>(values[rows < columns ? vector * columns + i : i * columns + vector]);
        };
        for (std::size_t a = 0; a < count; ++a)
            for (std::size_t b = 0; b <= a; ++b) {
                double product = 0;
                for (std::size_t i = 0; i < size; ++i)
                    product += at(a, i) * at(b, i);
                CHECK(product == doctest::Approx(a == b ? given.gain * given.gain : 0).epsilon(1e-6));
            }
    }
}

TEST_CASE("initializers: orthogonal matrices are spread over all there are") {
    // Of a random rotation, every element has the mean 0 and the variance 1 / size; without the signs of R the
    // diagonal would not.
    double diagonal = 0, square = 0;
    constexpr std::size_t draws = 400;
    for (std::uint32_t seed = 0; seed < draws; ++seed) {
        const std::vector<float> values = filled("orthogonal", {6, 6}, {seed, 1});
        diagonal += values[0] / static_cast<double>(draws);
        square += values[0] * values[0] / static_cast<double>(draws);
    }
    CHECK(std::abs(diagonal) < 5 * std::sqrt(1.0 / 6 / draws));
    CHECK(square == doctest::Approx(1.0 / 6).epsilon(0.2));
}

TEST_CASE("initializers: constants") {
    CHECK(filled("zeros", {3}) == std::vector<float>{0, 0, 0});
    CHECK(filled("ones", {3}) == std::vector<float>{1, 1, 1});
    CHECK(filled("{constant: {value: -2.5}}", {2}) == std::vector<float>{-2.5, -2.5});
}

TEST_CASE("initializers: equal keys give equal values, other keys others; a longer array begins with the shorter one") {
    for (const char* type : {"random_uniform", "random_normal", "truncated_normal"}) {
        CAPTURE(type);
        const auto values = filled(type, {1000});
        CHECK(filled(type, {1000}) == values);
        CHECK(filled(type, {1000}, {2, 2}) != values);
        CHECK(filled(type, {1000}, {1, 3}) != values);
        const auto longer = filled(type, {1003});
        CHECK(std::equal(values.begin(), values.end(), longer.begin()));
    }
}

TEST_CASE("initializers: a negative deviation, a scale of 0 and a range that ends below its begin are refused") {
    CHECK(refusal_of([] { initializer("{normal: {stddev: -1}}"); }) ==
          "test:1:19: normal 'stddev' is -1; it must be at least 0");
    CHECK(refusal_of([] { initializer("{variance_scaling: {scale: 0}}"); }) ==
          "test:1:28: variance_scaling 'scale' is 0; it must be above 0");
    CHECK(refusal_of([] { initializer("{random_uniform: {minval: 1, maxval: 0}}"); }) ==
          "test:1:38: 'maxval' is 0, below minval 1");
}
