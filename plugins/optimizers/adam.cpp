#include <cmath>
#include <memory>

#include "kernels/elementwise.hpp"
#include "optimizers.hpp"

namespace plexus::optimizers {
namespace {

using kernels::Floats;

/// Adaptive moments. With the gradient g, clipped where clip_norm says so, step t (from 1) does
///     g += weight_decay w
///     m = beta_1 m + (1 - beta_1) g
///     v = beta_2 v + (1 - beta_2) g^2
///     w -= learning_rate / (1 - beta_1^t) m / (sqrt(v) / sqrt(1 - beta_2^t) + epsilon)
/// m and v start at 0 and are slots, "first_moment" and "second_moment"; t is the counter "updates".
/// Source: Kingma and Ba 2015, arXiv 1412.6980, in the form of torch.optim.Adam.
struct Adam final : Optimizer {
    Adam(const Attributes& a, const Factory& factory)
        : learning_rate_{factory.schedule(a.typed("learning_rate"))},
          beta_1_{a.get<double>("beta_1")},
          beta_2_{a.get<double>("beta_2")},
          epsilon_{a.get<float>("epsilon")},
          weight_decay_{a.get<float>("weight_decay")},
          clipping_{a} {}

    void declare(OptimizerContext& c) const override {
        c.slot("first_moment");
        c.slot("second_moment");
        c.counter("updates");
        clipping_.declare(c);
    }

    [[nodiscard]] double learning_rate(const Progress& progress) const override {
        return learning_rate_->value(progress);
    }

    void begin_step(const Progress&, std::span<double> counters) const override { counters[0] += 1; }

    void update(const UpdateContext& c) const override {
        const double updates = c.counter(0);
        const auto rate = static_cast<float>(c.learning_rate() / (1 - std::pow(beta_1_, updates)));
        const auto correction = static_cast<float>(std::sqrt(1 - std::pow(beta_2_, updates)));
        const auto keep_1 = static_cast<float>(beta_1_);
        const auto take_1 = static_cast<float>(1 - beta_1_);
        const auto keep_2 = static_cast<float>(beta_2_);
        const auto take_2 = static_cast<float>(1 - beta_2_);
        const float epsilon = epsilon_;
        const float decay = weight_decay_;
        const float clip = clipping_.factor(c);
        const auto weights = c.parameter();
        kernels::apply(
            [=](Floats & w, const Floats& g, Floats& m, Floats& v) __attribute__((always_inline)) {
                const Floats gradient = clip * g + decay * w;
                m = keep_1 * m + take_1 * gradient;
                v = keep_2 * v + take_2 * (gradient * gradient);
                w -= rate * (m / (kernels::sqrt(v) / correction + epsilon));
            },
            weights.size(), weights.data(), c.gradient().data(), c.slot(0).data(), c.slot(1).data());
    }

    std::unique_ptr<Schedule> learning_rate_;
    double beta_1_;
    double beta_2_;
    float epsilon_;
    float weight_decay_;
    Clipping clipping_;
};

}  // namespace

void add_adam(Registry& registry) {
    Schema& schema = registry.optimizer<Adam>("adam", "A step size of its own for each weight, from running moments");
    schema.typed_or_number("learning_rate", Kind::schedule, "constant", Value{0.001}, "step size, or a schedule of it")
        .attribute("beta_1", 0.9, "share of the running mean of gradients that is kept")
        .at_least(0)
        .below(1)
        .attribute("beta_2", 0.999, "share of the running mean of squared gradients that is kept")
        .at_least(0)
        .below(1)
        .attribute("epsilon", 1e-8, "added to the denominator")
        .above(0)
        .attribute("weight_decay", 0.0, "pulls each weight towards 0: adds weight_decay w to its gradient")
        .at_least(0)
        .formula(
            "m = beta_1 m + (1 - beta_1) g; v = beta_2 v + (1 - beta_2) g^2; "
            "w -= learning_rate m' / (sqrt(v') + epsilon), m' = m / (1 - beta_1^t), v' = v / (1 - beta_2^t)");
    Clipping::add_to(schema);
}

}  // namespace plexus::optimizers
