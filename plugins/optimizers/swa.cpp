#include <algorithm>
#include <memory>

#include "kernels/elementwise.hpp"
#include "optimizers.hpp"

namespace plexus::optimizers {
namespace {

using kernels::Floats;

/// Stochastic weight averaging around another optimizer. `base` moves the weights; from step `start` on at the rate
/// `learning_rate` (without it, at its own). After a step, when the number of steps done is above `start` and a
/// multiple of `frequency`, the weights join the average:
///     average += (w - average) / (snapshots + 1)
/// Inference uses the average as soon as there is one. With start 10, frequency 5 and 100 steps that is 18 snapshots,
/// after steps 15, 20, ..., 100. Slots and counters are those of base, then "average", "snapshots" and "joining" (1
/// where the step's weights join).
/// Refused when the attributes are read: a frequency of no steps.
/// Source: Izmailov et al. 2018, arXiv 1803.05407; torchcontrib.optim.SWA in its automatic mode.
struct Swa final : Optimizer {
    Swa(const Attributes& a, const Factory& factory)
        : base_{factory.optimizer(a.typed("base"))},
          start_{Duration::from(a, "start")},
          frequency_{Duration::from(a, "frequency")} {
        if (a.has("learning_rate"))
            learning_rate_ = factory.schedule(a.typed("learning_rate"));
        const Member& frequency = a.raw("frequency").map().front();
        const double amount = frequency.value.number();
        if (frequency.name == "step" ? amount < 1 : amount <= 0)
            throw a.error("frequency", "'frequency' must be one step or more");
    }

    void declare(OptimizerContext& c) const override {
        base_->declare(c);
        average_ = c.slot("average");
        c.counter("snapshots");
        joining_ = c.counter("joining");
    }

    [[nodiscard]] double learning_rate(const Progress& progress) const override {
        const bool averaging = progress.step >= start_.steps(progress);
        return averaging && learning_rate_ ? learning_rate_->value(progress) : base_->learning_rate(progress);
    }

    void begin_step(const Progress& progress, std::span<double> counters) const override {
        base_->begin_step(progress, counters.first(counters.size() - 2));
        const std::uint64_t done = progress.step + 1;
        const std::uint64_t frequency = std::max<std::uint64_t>(frequency_.steps(progress), 1);
        const bool joins = done > start_.steps(progress) && done % frequency == 0;
        counters[counters.size() - 2] += joins ? 1 : 0;
        counters[counters.size() - 1] = joins ? 1 : 0;
    }

    void update(const UpdateContext& c) const override {
        base_->update(c);
        if (c.counter(joining_) == 0)
            return;
        const auto snapshots = static_cast<float>(c.counter(joining_ - 1));
        const auto weights = c.parameter();
        kernels::apply(
            [snapshots](Floats & average, const Floats& w)
                __attribute__((always_inline)) { average += (w - average) / snapshots; },
            weights.size(), c.slot(average_).data(), static_cast<const float*>(weights.data()));
    }

    [[nodiscard]] std::optional<std::size_t> inference_slot(std::span<const double> counters) const override {
        return counters[counters.size() - 2] > 0 ? std::optional{average_} : std::nullopt;
    }

    std::unique_ptr<Optimizer> base_;
    Duration start_;
    Duration frequency_;
    std::unique_ptr<Schedule> learning_rate_;
    // Where the own slot and counter are depends on how many base has, which is known once it has declared them: the
    // same numbers at every call.
    mutable std::size_t average_ = 0;
    mutable std::size_t joining_ = 0;
};

}  // namespace

void add_swa(Registry& registry) {
    registry.optimizer<Swa>("swa", "Stochastic weight averaging: averages the weights that another optimizer visits")
        .typed("base", Kind::optimizer, "sgd", "the optimizer that moves the weights")
        .any("start", Value::Map{{"fraction", Value{0.75}, {}}},
             "when averaging begins: {step: n}, {epoch: n} or "
             "{fraction: f}")
        .any("frequency", Value::Map{{"epoch", Value{1}, {}}}, "how often the weights join the average, likewise")
        .typed_or_number("learning_rate", Kind::schedule, "constant", Value{},
                         "step size while averaging; that of base where it is left out")
        .formula("average += (w - average) / (snapshots + 1)");
}

}  // namespace plexus::optimizers
