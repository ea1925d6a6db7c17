#include "schedules.hpp"
#include "warmup.hpp"

namespace plexus::schedules {
namespace {

/// A straight line from `initial`, at the first step after the warm-up, to `final`, where the run ends.
struct Linear final : Schedule {
    explicit Linear(const Attributes& a)
        : initial_{a.get<double>("initial")}, final_{a.get<double>("final")}, warmup_{a} {}

    [[nodiscard]] double value(const Progress& progress) const override {
        const double share = warmup_.share_done(progress);
        return (initial_ + (final_ - initial_) * share) * warmup_.factor(progress);
    }

    double initial_;
    double final_;
    Warmup warmup_;
};

}  // namespace

void add_linear(Registry& registry) {
    Schema& schema = registry.schedule<Linear>("linear", "A straight line over the whole run");
    schema.required("initial", AttributeSpec::Form::number, "first value")
        .at_least(0)
        .attribute("final", 0.0, "value at the run's end")
        .at_least(0)
        .formula("initial + (final - initial) t, t: share of the run after the warm-up that is done");
    Warmup::add_to(schema);
}

}  // namespace plexus::schedules
