#include <algorithm>
#include <cmath>

#include "schedules.hpp"
#include "warmup.hpp"

namespace plexus::schedules {
namespace {

/// initial factor^k at step s, k = floor(s / every): drops at once, again and again. Counted from the run's first step,
/// warm-up included. `every` below one step is one step.
/// Source: torch.optim.lr_scheduler.StepLR.
struct Step final : Schedule {
    explicit Step(const Attributes& a)
        : initial_{a.get<double>("initial")},
          every_{Duration::from(a, "every")},
          factor_{a.get<double>("factor")},
          warmup_{a} {}

    [[nodiscard]] double value(const Progress& progress) const override {
        const std::uint64_t every = std::max<std::uint64_t>(every_.steps(progress), 1);
        const auto drops = static_cast<double>(progress.step / every);
        return initial_ * std::pow(factor_, drops) * warmup_.factor(progress);
    }

    double initial_;
    Duration every_;
    double factor_;
    Warmup warmup_;
};

}  // namespace

void add_step(Registry& registry) {
    Schema& schema = registry.schedule<Step>("step", "Drops by a factor at regular intervals");
    schema.required("initial", AttributeSpec::Form::number, "first value")
        .at_least(0)
        .required("every", AttributeSpec::Form::any, "time between drops: {step: n}, {epoch: n} or {fraction: f}")
        .attribute("factor", 0.1, "what a drop multiplies the value by")
        .above(0)
        .formula("initial factor^floor(step / every)");
    Warmup::add_to(schema);
}

}  // namespace plexus::schedules
