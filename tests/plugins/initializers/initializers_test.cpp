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

TEST_CASE("initializers: a negative deviation and a range that ends below its begin are refused") {
    CHECK(refusal_of([] { initializer("{normal: {stddev: -1}}"); }) ==
          "test:1:19: normal 'stddev' is -1; it must be at least 0");
    CHECK(refusal_of([] { initializer("{random_uniform: {minval: 1, maxval: 0}}"); }) ==
          "test:1:38: 'maxval' is 0, below minval 1");
}
