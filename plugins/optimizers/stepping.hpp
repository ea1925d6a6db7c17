// What the optimizers that move the weights themselves share: a step size, weight decay, and clipping.
#pragma once
#include <memory>
#include <optional>

#include "plexus/plugin.hpp"

namespace plexus::optimizers {

/// `clip_norm`: scales all gradients together so that their common 2-norm is at most a number.
/// Source: torch.nn.utils.clip_grad_norm_, with its 1e-6 in the denominator.
class Clipping {
public:
    explicit Clipping(const Attributes& a) {
        if (a.has("clip_norm"))
            norm_ = a.get<double>("clip_norm");
    }

    void declare(OptimizerContext& c) const {
        if (norm_)
            c.gradient_norm();
    }

    /// What each gradient is multiplied by.
    [[nodiscard]] float factor(const UpdateContext& c) const {
        if (!norm_)
            return 1.0F;
        const double factor = *norm_ / (c.gradient_norm() + 1e-6);
        return factor < 1 ? static_cast<float>(factor) : 1.0F;
    }

private:
    std::optional<double> norm_;
};

/// Holds the attributes `learning_rate`, `weight_decay` and `clip_norm`.
class Stepping : public Optimizer {
public:
    Stepping(const Attributes& a, const Factory& factory)
        : learning_rate_{factory.schedule(a.typed("learning_rate"))},
          weight_decay_{a.get<float>("weight_decay")},
          clipping_{a} {}

    /// Those that derive from it declare what else they keep, and call this.
    void declare(OptimizerContext& c) const override { clipping_.declare(c); }

    [[nodiscard]] double learning_rate(const Progress& progress) const final { return learning_rate_->value(progress); }

protected:
    [[nodiscard]] float weight_decay() const noexcept { return weight_decay_; }
    /// What clipping multiplies each gradient by.
    [[nodiscard]] float clip(const UpdateContext& c) const { return clipping_.factor(c); }

    /// Declare the attributes: the first one, and the last ones.
    /// @{
    static Schema& add_learning_rate(Schema& schema, double standard) {
        return schema.typed_or_number("learning_rate", Kind::schedule, "constant", Value{standard},
                                      "step size, or a schedule of it");
    }
    static Schema& add_decay_and_clipping(
        Schema& schema, double standard = 0.0,
        const char* help = "pulls each weight towards 0: adds weight_decay w to its gradient") {
        return schema.attribute("weight_decay", standard, help)
            .at_least(0)
            .optional("clip_norm", AttributeSpec::Form::number, "largest 2-norm of all gradients together")
            .above(0);
    }
    /// @}

private:
    std::unique_ptr<Schedule> learning_rate_;
    float weight_decay_;
    Clipping clipping_;
};

}  // namespace plexus::optimizers
