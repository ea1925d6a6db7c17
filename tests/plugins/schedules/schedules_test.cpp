#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "tests/plugins/made.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

/// Of a run of 10 epochs with 20 steps each.
double value(const char* written, std::uint64_t step) {
    return schedule(written)->value({.step = step, .epoch = step / 20, .steps_per_epoch = 20, .total_steps = 200});
}

}  // namespace

TEST_CASE("schedules: the values that their formulas give") {
    using std::numbers::pi;
    struct Case {
        const char* written;
        std::uint64_t step;
        double value;
    };
    for (const Case& given : {
             Case{"{constant: {value: 0.3}}", 0, 0.3},
             Case{"{constant: {value: 0.3}}", 199, 0.3},
             Case{"{step: {initial: 0.4, every: {epoch: 3}}}", 59, 0.4},
             Case{"{step: {initial: 0.4, every: {epoch: 3}}}", 60, 0.04},
             Case{"{step: {initial: 0.4, every: {step: 50}, factor: 0.5}}", 199, 0.05},
             Case{"{linear: {initial: 0.4}}", 0, 0.4},
             Case{"{linear: {initial: 0.4}}", 50, 0.3},
             Case{"{linear: {initial: 0.4, final: 0.2}}", 100, 0.3},
             Case{"{linear: {initial: 0.4, final: 0.2}}", 200, 0.2},
             Case{"{cosine: {initial: 0.4}}", 0, 0.4},
             Case{"{cosine: {initial: 0.4}}", 100, 0.2},
             Case{"{cosine: {initial: 0.4, final: 0.1}}", 50, 0.1 + 0.3 * (1 + std::cos(pi / 4)) / 2},
             Case{"{cosine: {initial: 0.4, final: 0.1}}", 1000, 0.1},
         }) {
        CAPTURE(given.written);
        CAPTURE(given.step);
        CHECK(value(given.written, given.step) == doctest::Approx(given.value).epsilon(1e-12));
    }
}

TEST_CASE("schedules: each climbs to its first value during a warm-up, and then has what is left of the run") {
    for (const char* written :
         {"{constant: {value: 0.4, warmup: {step: 40}}}",
          "{step: {initial: 0.4, every: {epoch: 5}, warmup: {epoch: 2}}}",
          "{linear: {initial: 0.4, warmup: {fraction: 0.2}}}", "{cosine: {initial: 0.4, warmup: {step: 40}}}"}) {
        CAPTURE(written);
        CHECK(value(written, 0) == doctest::Approx(0.01));
        CHECK(value(written, 19) == doctest::Approx(0.2));
        CHECK(value(written, 39) == doctest::Approx(0.4));
        CHECK(value(written, 40) == doctest::Approx(0.4));
    }
    CHECK(value("{linear: {initial: 0.4, warmup: {step: 40}}}", 120) == doctest::Approx(0.2));
    CHECK(value("{cosine: {initial: 0.4, warmup: {step: 40}}}", 120) == doctest::Approx(0.2));
    CHECK(value("{cosine: {initial: 0.4, warmup: {step: 300}}}", 199) == doctest::Approx(0.4 * 200 / 300));
}

TEST_CASE("schedules: a negative rate and a duration without its unit are refused") {
    CHECK(refusal_of([] { schedule("{constant: {value: -1}}"); }) ==
          "test:1:20: constant 'value' is -1; it must be at least 0");
    CHECK(refusal_of([] { schedule("{cosine: {initial: 0.1, warmup: 200}}"); }).starts_with("test:1:33: "));
}
