#include "kernels/elementwise.hpp"
#include "kernels/functions.hpp"
#include "optimizers.hpp"
#include "stepping.hpp"

namespace plexus::optimizers {
namespace {

using kernels::Floats;

/// Steps in parts of the gradient's running size. With the gradient g, clipped where clip_norm says so, each step does
///     g += weight_decay w
///     s = rho s + (1 - rho) g^2
///     m = rho m + (1 - rho) g                  with centered
///     d = g / (sqrt(s - m^2) + epsilon)        without centered: m is 0
///     v = momentum v + d
///     w -= learning_rate v                     without momentum: v is d
/// s, m and v start at 0 and are slots, "mean_square", "mean_gradient" and "momentum", the last two only where they are
/// wanted. Where rounding takes s - m^2 below 0, it is 0; PyTorch makes a NaN of it.
/// Source: Hinton's lecture 6e of 2012, centered by Graves 2013, arXiv 1308.0850; torch.optim.RMSprop, whose alpha is
/// rho.
struct RmsProp final : Stepping {
    RmsProp(const Attributes& a, const Factory& factory)
        : Stepping{a, factory},
          rho_{a.get<double>("rho")},
          epsilon_{a.get<float>("epsilon")},
          momentum_{a.get<float>("momentum")},
          centered_{a.get<bool>("centered")} {}

    static void add_to(Schema& schema) {
        add_learning_rate(schema, 0.01)
            .attribute("rho", 0.99, "share of the running means that is kept")
            .at_least(0)
            .below(1)
            .attribute("momentum", 0.0, "share of the last step that is kept")
            .at_least(0)
            .below(1)
            .attribute("epsilon", 1e-8, "added to the denominator")
            .above(0)
            .attribute("centered", false, "divides by the gradient's deviation from its running mean");
        add_decay_and_clipping(schema);
    }

    void declare(OptimizerContext& c) const override {
        c.slot("mean_square");
        if (centered_)
            c.slot("mean_gradient");
        if (momentum_ != 0)
            c.slot("momentum");
        Stepping::declare(c);
    }

    void update(const UpdateContext& c) const override {
        const auto rate = static_cast<float>(c.learning_rate());
        const auto keep = static_cast<float>(rho_);
        const auto take = static_cast<float>(1 - rho_);
        const float epsilon = epsilon_;
        const float momentum = momentum_;
        const float decay = weight_decay();
        const float clip = this->clip(c);
        // `m` is there with centered.
        const auto scaled = [=](const Floats& w, const Floats& g, Floats& s, auto&... m)
            __attribute__((always_inline)) {
            const Floats gradient = clip * g + decay * w;
            s = keep * s + take * (gradient * gradient);
            ((m = keep * m + take * gradient), ...);
            const Floats variance = (s - ... - (m * m));
            return gradient / (kernels::sqrt(variance < 0.0F ? Floats{} : variance) + epsilon);
        };
        const auto straight = [=](Floats & w, const Floats& g, auto&... slots) __attribute__((always_inline)) {
            w -= rate * scaled(w, g, slots...);
        };
        const auto with_momentum = [=](Floats & w, const Floats& g, Floats& v, auto&... slots)
            __attribute__((always_inline)) {
            v = momentum * v + scaled(w, g, slots...);
            w -= rate * v;
        };
        const auto move = [&](auto step, auto*... slots) {
            kernels::apply(step, c.parameter().size(), c.parameter().data(), c.gradient().data(), slots...);
        };
        float* const s = c.slot(0).data();
        if (momentum == 0 && !centered_)
            move(straight, s);
        else if (momentum == 0)
            move(straight, s, c.slot(1).data());
        else if (!centered_)
            move(with_momentum, c.slot(1).data(), s);
        else
            move(with_momentum, c.slot(2).data(), s, c.slot(1).data());
    }

private:
    double rho_;
    float epsilon_;
    float momentum_;
    bool centered_;
};

}  // namespace

void add_rmsprop(Registry& registry) {
    Schema& schema =
        registry.optimizer<RmsProp>("rmsprop", "Steps in parts of the running size of each weight's gradient");
    RmsProp::add_to(schema);
    schema.formula(
        "s = rho s + (1 - rho) g^2; m = rho m + (1 - rho) g with centered, else 0; "
        "v = momentum v + g / (sqrt(s - m^2) + epsilon); w -= learning_rate v");
}

}  // namespace plexus::optimizers
