#include "kernels/elementwise.hpp"
#include "kernels/functions.hpp"
#include "optimizers.hpp"
#include "stepping.hpp"

namespace plexus::optimizers {
namespace {

using kernels::Floats;

/// Steps that shrink as a weight's gradients add up. With the gradient g, clipped where clip_norm says so, step t (from
/// 1) does
///     g += weight_decay w
///     s = s + g^2
///     w -= learning_rate / (1 + (t - 1) learning_rate_decay) g / (sqrt(initial_accumulator_value + s) + epsilon)
/// s starts at 0 and is a slot, "sum_of_squares"; t is the counter "updates".
/// Source: Duchi, Hazan and Singer 2011; torch.optim.Adagrad, whose lr_decay is learning_rate_decay, and whose
/// accumulator begins with the initial value.
struct Adagrad final : Stepping {
    Adagrad(const Attributes& a, const Factory& factory)
        : Stepping{a, factory},
          learning_rate_decay_{a.get<double>("learning_rate_decay")},
          initial_{a.get<float>("initial_accumulator_value")},
          epsilon_{a.get<float>("epsilon")} {}

    static void add_to(Schema& schema) {
        add_learning_rate(schema, 0.01)
            .attribute("learning_rate_decay", 0.0, "the step size is divided by 1 + learning_rate_decay (t - 1)")
            .at_least(0)
            .attribute("initial_accumulator_value", 0.0, "added to the sum of squares")
            .at_least(0)
            .attribute("epsilon", 1e-10, "added to the denominator")
            .above(0);
        add_decay_and_clipping(schema);
    }

    void declare(OptimizerContext& c) const override {
        c.slot("sum_of_squares");
        c.counter("updates");
        Stepping::declare(c);
    }

    void begin_step(const Progress&, std::span<double> counters) const override { counters[0] += 1; }

    void update(const UpdateContext& c) const override {
        const auto rate = static_cast<float>(c.learning_rate() / (1 + (c.counter(0) - 1) * learning_rate_decay_));
        const float initial = initial_;
        const float epsilon = epsilon_;
        const float decay = weight_decay();
        const float clip = this->clip(c);
        const auto weights = c.parameter();
        kernels::apply(
            [=](Floats & w, const Floats& g, Floats& s) __attribute__((always_inline)) {
                const Floats gradient = clip * g + decay * w;
                s += gradient * gradient;
                w -= rate * (gradient / (kernels::sqrt(initial + s) + epsilon));
            },
            weights.size(), weights.data(), c.gradient().data(), c.slot(0).data());
    }

private:
    double learning_rate_decay_;
    float initial_;
    float epsilon_;
};

}  // namespace

void add_adagrad(Registry& registry) {
    Schema& schema = registry.optimizer<Adagrad>("adagrad", "Steps that shrink as the gradients of a weight add up");
    Adagrad::add_to(schema);
    schema.formula(
        "s += g^2; w -= learning_rate / (1 + (t - 1) learning_rate_decay) g / "
        "(sqrt(initial_accumulator_value + s) + epsilon)");
}

}  // namespace plexus::optimizers
