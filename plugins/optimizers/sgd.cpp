#include "kernels/elementwise.hpp"
#include "optimizers.hpp"
#include "stepping.hpp"

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
struct Sgd final : Stepping {
    Sgd(const Attributes& a, const Factory& factory)
        : Stepping{a, factory}, momentum_{a.get<float>("momentum")}, nesterov_{a.get<bool>("nesterov")} {
        if (nesterov_ && momentum_ == 0)
            throw a.error("nesterov", "'nesterov' wants a momentum above 0");
    }

    static void add_to(Schema& schema) {
        add_learning_rate(schema, 0.01)
            .attribute("momentum", 0.0, "share of the last step that is kept")
            .at_least(0)
            .below(1)
            .attribute("nesterov", false, "looks one step ahead");
        add_decay_and_clipping(schema);
    }

    void declare(OptimizerContext& c) const override {
        if (momentum_ != 0)
            c.slot("momentum");
        Stepping::declare(c);
    }

    void update(const UpdateContext& c) const override {
        const auto weights = c.parameter();
        const float* const gradient = c.gradient().data();
        const auto rate = static_cast<float>(c.learning_rate());
        const float clip = this->clip(c);
        const float decay = weight_decay();
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

private:
    float momentum_;
    bool nesterov_;
};

}  // namespace

void add_sgd(Registry& registry) {
    Schema& schema = registry.optimizer<Sgd>("sgd", "Stochastic gradient descent, with momentum if wanted");
    Sgd::add_to(schema);
    schema.formula("g += weight_decay w; v = momentum v + g; w -= learning_rate v");
}

}  // namespace plexus::optimizers
