#include <memory>

#include "kernels/elementwise.hpp"
#include "optimizers.hpp"

namespace plexus::optimizers {
namespace {

using kernels::Floats;

/// Stochastic gradient descent with momentum. With the gradient g, clipped where clip_norm says so, each step does
///     g += weight_decay w
///     v = momentum v + g
///     w -= learning_rate (g + momentum v  with nesterov, else v)
/// v starts at 0 and is a slot, "momentum"; with momentum 0 there is none, and w -= learning_rate g.
/// Refused when the attributes are read: nesterov without momentum.
/// Source: torch.optim.SGD without dampening; Sutskever et al. 2013 for nesterov, in PyTorch's form.
struct Sgd final : Optimizer {
    Sgd(const Attributes& a, const Factory& factory)
        : learning_rate_{factory.schedule(a.typed("learning_rate"))},
          momentum_{a.get<float>("momentum")},
          weight_decay_{a.get<float>("weight_decay")},
          nesterov_{a.get<bool>("nesterov")},
          clipping_{a} {
        if (nesterov_ && momentum_ == 0)
            throw a.error("nesterov", "'nesterov' wants a momentum above 0");
    }

    void declare(OptimizerContext& c) const override {
        if (momentum_ != 0)
            c.slot("momentum");
        clipping_.declare(c);
    }

    [[nodiscard]] double learning_rate(const Progress& progress) const override {
        return learning_rate_->value(progress);
    }

    void update(const UpdateContext& c) const override {
        const auto weights = c.parameter();
        const float* const gradient = c.gradient().data();
        const auto rate = static_cast<float>(c.learning_rate());
        const float clip = clipping_.factor(c);
        const float decay = weight_decay_;
        const float momentum = momentum_;
        if (momentum == 0)
            kernels::apply(
                [=](Floats & w, const Floats& g) __attribute__((always_inline)) { w -= rate * (clip * g + decay * w); },
                weights.size(), weights.data(), gradient);
        else if (nesterov_)
            kernels::apply(
                [=](Floats & w, const Floats& g, Floats& v) __attribute__((always_inline)) {
                    const Floats step = clip * g + decay * w;
                    v = momentum * v + step;
                    w -= rate * (step + momentum * v);
                },
                weights.size(), weights.data(), gradient, c.slot(0).data());
        else
            kernels::apply(
                [=](Floats & w, const Floats& g, Floats& v) __attribute__((always_inline)) {
                    v = momentum * v + (clip * g + decay * w);
                    w -= rate * v;
                },
                weights.size(), weights.data(), gradient, c.slot(0).data());
    }

    std::unique_ptr<Schedule> learning_rate_;
    float momentum_;
    float weight_decay_;
    bool nesterov_;
    Clipping clipping_;
};

}  // namespace

void add_sgd(Registry& registry) {
    Schema& schema = registry.optimizer<Sgd>("sgd", "Stochastic gradient descent, with momentum if wanted");
    schema.typed_or_number("learning_rate", Kind::schedule, "constant", Value{0.01}, "step size, or a schedule of it")
        .attribute("momentum", 0.0, "share of the last step that is kept")
        .at_least(0)
        .below(1)
        .attribute("nesterov", false, "looks one step ahead")
        .attribute("weight_decay", 0.0, "pulls each weight towards 0: adds weight_decay w to its gradient")
        .at_least(0)
        .formula("g += weight_decay w; v = momentum v + g; w -= learning_rate v");
    Clipping::add_to(schema);
}

}  // namespace plexus::optimizers
