#include <algorithm>

#include "averaging.hpp"
#include "optimizers.hpp"

namespace plexus::optimizers {
namespace {

/// Stochastic weight averaging around another optimizer. `base` moves the weights; from step `start` on at the rate
/// `learning_rate` (without it, at its own). After a step, when the number of steps done is above `start` and a
/// multiple of `frequency`, the weights join the average:
///     average += (w - average) / (snapshots + 1)
/// Inference uses the average as soon as there is one. With start 10, frequency 5 and 100 steps that is 18 snapshots,
/// after steps 15, 20, ..., 100. Slots and counters are those of base, then "average", "snapshots" and "joining" (1
/// where the step's weights join).
/// Refused when the attributes are read: a frequency of no steps.
/// Source: Izmailov et al. 2018, arXiv 1803.05407; torchcontrib.optim.SWA in its automatic mode.
struct Swa final : Averaging {
    Swa(const Attributes& a, const Factory& factory)
        : Averaging{a, factory, {{"average"}, {"snapshots", "joining"}}}, frequency_{Duration::from(a, "frequency")} {
        if (a.has("learning_rate"))
            learning_rate_ = factory.schedule(a.typed("learning_rate"));
        const Member& frequency = a.raw("frequency").map().front();
        const double amount = frequency.value.number();
        if (frequency.name == "step" ? amount < 1 : amount <= 0)
            throw a.error("frequency", "'frequency' must be one step or more");
    }

    [[nodiscard]] double learning_rate(const Progress& progress) const override {
        const bool averaging = progress.step >= start(progress);
        return averaging && learning_rate_ ? learning_rate_->value(progress) : Averaging::learning_rate(progress);
    }

private:
    [[nodiscard]] bool joins(std::uint64_t done, const Progress& progress) const override {
        return done % std::max<std::uint64_t>(frequency_.steps(progress), 1) == 0;
    }

    [[nodiscard]] double divisor(double joined) const override { return joined; }

    Duration frequency_;
    std::unique_ptr<Schedule> learning_rate_;
};

}  // namespace

void add_swa(Registry& registry) {
    Schema& schema = registry.optimizer<Swa>(
        "swa", "Stochastic weight averaging: averages the weights that another optimizer visits");
    Swa::add_start(Swa::add_base(schema), {{"fraction", Value{0.75}, {}}})
        .any("frequency", Value::Map{{"epoch", Value{1}, {}}}, "how often the weights join the average, likewise")
        .typed_or_number("learning_rate", Kind::schedule, "constant", Value{},
                         "step size while averaging; that of base where it is left out")
        .formula("average += (w - average) / (snapshots + 1)");
}

}  // namespace plexus::optimizers
