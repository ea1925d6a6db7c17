#include "averaging.hpp"
#include "optimizers.hpp"

namespace plexus::optimizers {
namespace {

/// An exponential moving average of the weights around another optimizer. `base` moves the weights; after each step,
/// when the number of steps done is above `start`, they join the average. The first ones are copied, and then
///     average = decay average + (1 - decay) w
/// Inference uses the average as soon as there is one. Slots and counters are those of base, then "moving_average",
/// "averaged" (how many weights) and "averaging" (1 where the step's weights join).
/// Source: Polyak and Juditsky 1992; torch.optim.swa_utils.AveragedModel with an exponential avg_fn.
struct Ema final : Averaging {
    Ema(const Attributes& a, const Factory& factory)
        : Averaging{a, factory, {{"moving_average"}, {"averaged", "averaging"}}}, decay_{a.get<double>("decay")} {}

private:
    [[nodiscard]] bool joins(std::uint64_t, const Progress&) const override { return true; }

    [[nodiscard]] double divisor(double joined) const override { return joined == 1 ? 1 : 1 / (1 - decay_); }

    double decay_;
};

}  // namespace

void add_ema(Registry& registry) {
    Schema& schema =
        registry.optimizer<Ema>("ema", "An exponential moving average of the weights that another optimizer visits");
    Ema::add_base(schema)
        .attribute("decay", 0.999, "share of the average that is kept at each step")
        .at_least(0)
        .below(1);
    Ema::add_start(schema, {{"step", Value{0}, {}}}).formula("average = decay average + (1 - decay) w");
}

}  // namespace plexus::optimizers
