#include "adaptive_moments.hpp"

#include <cmath>

#include "kernels/elementwise.hpp"
#include "kernels/functions.hpp"

namespace plexus::optimizers {

using kernels::Floats;

AdaptiveMoments::AdaptiveMoments(const Attributes& a, const Factory& factory, Decay decay)
    : Stepping{a, factory},
      beta_1_{a.get<double>("beta_1")},
      beta_2_{a.get<double>("beta_2")},
      epsilon_{a.get<float>("epsilon")},
      decay_{decay} {}

void AdaptiveMoments::declare(OptimizerContext& c) const {
    c.slot("first_moment");
    c.slot("second_moment");
    c.counter("updates");
    Stepping::declare(c);
}

void AdaptiveMoments::begin_step(const Progress&, std::span<double> counters) const {
    counters[0] += 1;
}

void AdaptiveMoments::update(const UpdateContext& c) const {
    const double updates = c.counter(0);
    const auto rate = static_cast<float>(c.learning_rate() / (1 - std::pow(beta_1_, updates)));
    const auto correction = static_cast<float>(std::sqrt(1 - std::pow(beta_2_, updates)));
    const auto keep_1 = static_cast<float>(beta_1_);
    const auto take_1 = static_cast<float>(1 - beta_1_);
    const auto keep_2 = static_cast<float>(beta_2_);
    const auto take_2 = static_cast<float>(1 - beta_2_);
    const float epsilon = epsilon_;
    const float decay = decay_ == Decay::in_gradient ? weight_decay() : 0.0F;
    const auto keep_weight =
        decay_ == Decay::apart ? static_cast<float>(1 - c.learning_rate() * static_cast<double>(weight_decay())) : 1.0F;
    const float clip = this->clip(c);
    const auto weights = c.parameter();
    kernels::apply(
        [=](Floats & w, const Floats& g, Floats& m, Floats& v) __attribute__((always_inline)) {
            const Floats gradient = clip * g + decay * w;
            m = keep_1 * m + take_1 * gradient;
            v = keep_2 * v + take_2 * (gradient * gradient);
            w = keep_weight * w - rate * (m / (kernels::sqrt(v) / correction + epsilon));
        },
        weights.size(), weights.data(), c.gradient().data(), c.slot(0).data(), c.slot(1).data());
}

Schema& AdaptiveMoments::add_to(Schema& schema) {
    return add_learning_rate(schema, 0.001)
        .attribute("beta_1", 0.9, "share of the running mean of gradients that is kept")
        .at_least(0)
        .below(1)
        .attribute("beta_2", 0.999, "share of the running mean of squared gradients that is kept")
        .at_least(0)
        .below(1)
        .attribute("epsilon", 1e-8, "added to the denominator")
        .above(0);
}

}  // namespace plexus::optimizers
