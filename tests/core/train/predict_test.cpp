#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "plexus/evaluation.hpp"
#include "tests/core/train/trained.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

Array samples(std::int64_t count) {
    Array all({{count, 8, 8, 1}, Element::float32});
    for (std::size_t i = 0; i < all.as().size(); ++i)
        all.as()[i] = std::sin(static_cast<float>(i) * 0.37F);
    return all;
}

}  // namespace

TEST_CASE("predict: a sample alone and among 128 gives the same bits") {
    Watcher watcher;
    train_in("predicted", rich_program(1), watcher);
    Predictor predictor(shipped_plugins(), {.checkpoint = "predicted/best.h5"});
    const Array many = predictor.predict(samples(128));
    for (const std::int64_t count : {1, 2, 3, 17}) {
        CAPTURE(count);
        const Array few = predictor.predict(samples(count));
        CHECK(std::equal(few.as().begin(), few.as().end(), many.as().begin()));
    }
}

TEST_CASE("predict: what comes out are probabilities, by what the loss says of itself") {
    Watcher watcher;
    train_in("probabilities", rich_program(1), watcher);
    Predictor predictor(shipped_plugins(), {.checkpoint = "probabilities/best.h5"});
    CHECK(predictor.output() == Shape{3});
    const Array out = predictor.predict(samples(5));
    for (std::size_t row = 0; row < 5; ++row) {
        const float* p = out.as().data() + 3 * row;
        CHECK(p[0] + p[1] + p[2] == doctest::Approx(1).epsilon(1e-5));
        CHECK(*std::min_element(p, p + 3) >= 0);
    }
}

TEST_CASE("evaluate: says what the last epoch said of the same samples") {
    Watcher watcher;
    train_in("judged", rich_program(2), watcher);
    const Evaluation evaluation = evaluate(shipped_plugins(), {.checkpoint = "judged/last.h5"});
    CHECK(evaluation.data == "holdout");
    CHECK(evaluation.samples == 12);
    CHECK(evaluation.metrics == watcher.epochs.back().holdout);
    REQUIRE(evaluation.matrices.size() == 1);
    CHECK(evaluation.matrices[0].values.size() == 9);
}
