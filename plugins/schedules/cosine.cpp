#include <cmath>
#include <numbers>

#include "schedules.hpp"
#include "warmup.hpp"

namespace plexus::schedules {
namespace {

/// Half a wave of the cosine from `initial`, at the first step after the warm-up, to `final`, where the run ends.
/// Source: Loshchilov and Hutter 2017, arXiv 1608.03983, without restarts.
struct Cosine final : Schedule {
    explicit Cosine(const Attributes& a)
        : initial_{a.get<double>("initial")}, final_{a.get<double>("final")}, warmup_{a} {}

    [[nodiscard]] double value(const Progress& progress) const override {
        const double wave = (1 + std::cos(std::numbers::pi * warmup_.share_done(progress))) / 2;
        return (final_ + (initial_ - final_) * wave) * warmup_.factor(progress);
    }

    double initial_;
    double final_;
    Warmup warmup_;
};

}  // namespace

void add_cosine(Registry& registry) {
    Schema& schema = registry.schedule<Cosine>("cosine", "Falls slowly, then fast, then slowly: half a cosine wave");
    schema.required("initial", AttributeSpec::Form::number, "first value")
        .at_least(0)
        .attribute("final", 0.0, "value at the run's end")
        .at_least(0)
        .formula("final + (initial - final) (1 + cos(pi t)) / 2, t: share of the run after the warm-up that is done");
    Warmup::add_to(schema);
}

}  // namespace plexus::schedules
