// What each file of this plugin brings, and the clipping that they share.
#pragma once
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

    static void add_to(Schema& schema) {
        schema.optional("clip_norm", AttributeSpec::Form::number, "largest 2-norm of all gradients together").above(0);
    }

private:
    std::optional<double> norm_;
};

void add_adam(Registry& registry);
void add_sgd(Registry& registry);
void add_swa(Registry& registry);

}  // namespace plexus::optimizers
