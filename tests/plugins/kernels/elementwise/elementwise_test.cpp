#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "kernels/elementwise.hpp"
#include "kernels/functions.hpp"

using namespace plexus::kernels;

namespace {

using Loop = void (*)(const float*, float*, std::size_t);

struct Function {
    const char* name;
    Loop fast;
    Loop baseline;                ///< the same body without AVX2
    double (*reference)(double);  ///< NaN where nothing is promised
    double ulp;                   ///< promised
};

template <Floats (*function)(const Floats&)>
void fast(const float* from, float* to, std::size_t n) {
    apply(
        [](const Floats& x, Floats& y) __attribute__((always_inline)) { y = function(x); }, n, from, to);
}

template <Floats (*function)(const Floats&)>
void baseline(const float* from, float* to, std::size_t n) {
    detail::run_baseline([=]() __attribute__((always_inline)) {
        sweep(
            [](const Floats& x, Floats& y) __attribute__((always_inline)) { y = function(x); }, n, from, to);
    });
}

template <Floats (*function)(const Floats&)>
constexpr Function made(const char* name, double (*reference)(double), double ulp) {
    return {name, fast<function>, baseline<function>, reference, ulp};
}

const Function functions[] = {
    made<plexus::kernels::exp>(
        "exp", [](double x) { return std::exp(x); }, 1),
    made<plexus::kernels::tanh>(
        "tanh", [](double x) { return std::tanh(x); }, 2),
    made<plexus::kernels::sigmoid>(
        "sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }, 3),
    made<plexus::kernels::sqrt>(
        "sqrt", [](double x) { return std::sqrt(x); }, 0.5),
    made<plexus::kernels::log1p>(
        "log1p", [](double x) { return x < 0 || x > 1 ? NAN : std::log1p(x); }, 2),
};

double error_in_ulp(float got, double want) {
    int exponent = 0;
    std::frexp(want, &exponent);
    return std::abs(got - want) / std::ldexp(1.0, exponent - 24);
}

/// Numbers of all magnitudes for which results are neither 0, infinite nor denormal.
std::vector<float> samples(bool negative) {
    std::vector<float> x;
    for (int i = 0; i < 200'000; ++i) {
        const float magnitude = i % 2 == 0 ? std::ldexp(1.0F + static_cast<float>(i % 1013) / 1013, i % 30 - 24)
                                           : static_cast<float>(i) * (87.0F / 200'000);
        x.push_back(negative && i % 4 < 2 ? -magnitude : magnitude);
    }
    return x;
}

}  // namespace

TEST_CASE("elementwise: functions are as exact as they promise") {
    for (const Function& f : functions) {
        const auto x = samples(true);
        std::vector<float> y(x.size());
        f.fast(x.data(), y.data(), x.size());
        double worst = 0;
        for (std::size_t i = 0; i < x.size(); ++i)
            if (const double want = f.reference(x[i]); !std::isnan(want))
                worst = std::max(worst, error_in_ulp(y[i], want));
        INFO(std::string(f.name), " is off by ", worst, " ulp");
        CHECK(worst <= f.ulp * 1.0001);
    }
}

TEST_CASE("elementwise: the same bits with AVX2 and without") {
    for (const Function& f : functions) {
        CAPTURE(f.name);
        const auto x = samples(true);
        std::vector<float> fast(x.size()), baseline(x.size());
        f.fast(x.data(), fast.data(), x.size());
        f.baseline(x.data(), baseline.data(), x.size());
        bool equal = true;
        for (std::size_t i = 0; i < x.size(); ++i)
            equal = equal &&
                    (std::memcmp(&fast[i], &baseline[i], 4) == 0 || (std::isnan(fast[i]) && std::isnan(baseline[i])));
        CHECK(equal);
    }
}

TEST_CASE(
    "elementwise: the bits of an element do not depend on where a slice begins or ends; nothing else is written") {
    const auto all = samples(false);
    const std::vector<float> x(all.begin() + 1000, all.begin() + 1040);
    for (const Function& f : functions) {
        CAPTURE(f.name);
        std::vector<float> whole(x.size());
        f.fast(x.data(), whole.data(), x.size());
        for (std::size_t first = 0; first < 10; ++first)
            for (std::size_t count = 0; count + first <= x.size(); ++count) {
                std::vector<float> part(x.size(), 7.0F);
                f.fast(x.data() + first, part.data() + first, count);
                bool right = true;
                for (std::size_t i = 0; i < x.size(); ++i)
                    right = right && part[i] == (i >= first && i < first + count ? whole[i] : 7.0F);
                CHECK(right);
            }
    }
}

TEST_CASE("elementwise: exp at its ends") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const float x[] = {0, -0.0F, infinity, -infinity, NAN, 88.72F, 88.73F, -104, -87.5F};
    float y[9];
    functions[0].fast(x, y, 9);
    CHECK(y[0] == 1);
    CHECK(y[1] == 1);
    CHECK(y[2] == infinity);
    CHECK(y[3] == 0);
    CHECK(std::isnan(y[4]));
    CHECK(y[5] == doctest::Approx(std::exp(88.72F)));
    CHECK(y[6] == infinity);
    CHECK(y[7] == 0);
    CHECK(y[8] == doctest::Approx(std::exp(-87.5F)));  // denormal
}

TEST_CASE("elementwise: log1p at its ends") {
    const float x[] = {0, -0.0F, 1, NAN, 1e-30F};
    float y[5];
    functions[4].fast(x, y, 5);
    CHECK(y[0] == 0);
    CHECK(y[1] == 0);
    CHECK(y[2] == std::log(2.0F));
    CHECK(std::isnan(y[3]));
    CHECK(y[4] == 1e-30F);
}

TEST_CASE("elementwise: a sum in double is of the places alone, in one order with AVX2 and without") {
    for (std::size_t n = 0; n < 40; ++n) {
        CAPTURE(n);
        std::vector<float> x(n);
        double expected = 0;
        for (std::size_t i = 0; i < n; ++i) {
            x[i] = std::ldexp(static_cast<float>(i * 11 % 7) - 3, static_cast<int>(i % 50));
            expected += x[i];
        }
        CHECK(sum_in_double(x.data(), n) == expected);
        // What a term of nothing would be, log 2 or 1, is not counted beyond the end.
        double fast = 0, baseline = 0;
        double* const results[] = {&fast, &baseline};
        const float* const from = x.data();
        const auto term = [](const Floats& v) __attribute__((always_inline)) {
            return to_doubles(v * v + 0.1F);
        };
        dispatch([=]() __attribute__((always_inline)) { *results[0] = sum_over(term, n, from); });
        detail::run_baseline([=]() __attribute__((always_inline)) { *results[1] = sum_over(term, n, from); });
        expected = 0;
        for (const float v : x)
            expected += v * v + 0.1F;
        CHECK(fast == doctest::Approx(expected).epsilon(1e-12));
        CHECK(fast == baseline);
    }
}

TEST_CASE("elementwise: the largest of a row, and its exponentials") {
    for (const std::size_t n : {1, 7, 8, 9, 16, 31}) {
        CAPTURE(n);
        std::vector<float> x(n), y(n);
        for (std::size_t i = 0; i < n; ++i)
            x[i] = static_cast<float>((i * 11) % n) - 20;
        float largest = 0;
        float total = 0;
        float same = 0;
        float* const results[] = {&largest, &total, &same};
        float* const from = x.data();
        float* const to = y.data();
        dispatch([=]() __attribute__((always_inline)) {
            *results[0] = largest_of(from, n);
            *results[1] = exponentials_of(from, *results[0], to, n);
            *results[2] = sum_of_exponentials(from, *results[0], n);
        });
        CHECK(largest == static_cast<float>(n - 1) - 20);
        CHECK(total == same);
        double expected = 0;
        for (std::size_t i = 0; i < n; ++i) {
            CHECK(y[i] == doctest::Approx(std::exp(x[i] - largest)));
            expected += std::exp(static_cast<double>(x[i]) - largest);
        }
        CHECK(total == doctest::Approx(expected));
        x[n / 2] = NAN;
        dispatch([=]() __attribute__((always_inline)) { *results[0] = largest_of(from, n); });
        CHECK(std::isnan(largest));
    }
}
