#include <doctest/doctest.h>

#include "tests/plugins/optimizers/training.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

using Names = std::vector<std::string>;

std::string around(const std::string& base, const std::string& further, const std::string& type) {
    return "{" + type + ": {base: " + base + ", " + further + "}}";
}

}  // namespace

TEST_CASE(
    "wrappers: swa of ema of weight_clipping of rmsprop has the slots and counters of each, and does what each does") {
    const std::string clipped = around("{rmsprop: {momentum: 0.5}}", "limit: 0.25", "weight_clipping");
    const std::string averaged = around(clipped, "decay: 0.9, start: {step: 3}", "ema");
    const std::string whole = around(averaged, "start: {step: 10}, frequency: {step: 5}", "swa");
    Training nested{whole, std::vector<float>(13, 1.0F)}, base{clipped, nested.weights}, ema{averaged, nested.weights},
        swa{around(clipped, "start: {step: 10}, frequency: {step: 5}", "swa"), nested.weights};
    CHECK(nested.layout().slots == Names{"mean_square", "momentum", "moving_average", "average"});
    CHECK(nested.layout().counters == Names{"averaged", "averaging", "snapshots", "joining"});
    for (int step = 0; step < 40; ++step) {
        const Progress progress = progress_after(static_cast<std::uint64_t>(step));
        for (Training* const training : {&nested, &base, &ema, &swa})
            training->step(noisy_gradient(training->weights, step), progress);
        // Until there is an average of its own, a wrapper has its base's weights for inference.
        const auto slot = nested.subject().inference_slot(nested.counters());
        CHECK(slot == (step < 3    ? std::nullopt
                       : step < 14 ? std::optional<std::size_t>{2}
                                   : std::optional<std::size_t>{3}));
    }
    CHECK(nested.weights == base.weights);
    CHECK(nested.slot(2) == ema.slot(2));
    CHECK(nested.slot(3) == swa.slot(2));
    CHECK(nested.counters() == std::vector<double>{37, 1, 6, 1});
}

TEST_CASE("wrappers: of one type around each other, names get numbers") {
    Training twice{around("swa", "start: {step: 1}", "swa"), {1}};
    CHECK(twice.layout().slots == Names{"average", "average_2"});
    CHECK(twice.layout().counters == Names{"snapshots", "joining", "snapshots_2", "joining_2"});
}

TEST_CASE("wrappers: what they wrap is judged as it would be alone") {
    CHECK(refusal_of([] { optimizer("{ema: {base: {sgd: {nesterov: true}}}}"); }) ==
          "test:1:31: 'nesterov' wants a momentum above 0");
    CHECK(refusal_of([] {
              optimizer("{weight_clipping: {base: rmspop, limit: 1}}");
          }).find("did you mean 'rmsprop'?") != std::string::npos);
}
