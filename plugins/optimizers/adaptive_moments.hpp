// What adam and adamw share, which is all but where weight decay goes.
#pragma once
#include "stepping.hpp"

namespace plexus::optimizers {

/// With the gradient g, clipped where clip_norm says so, step t (from 1) does
///     g += weight_decay w                       with decay in the gradient
///     w -= learning_rate weight_decay w         with decay apart
///     m = beta_1 m + (1 - beta_1) g
///     v = beta_2 v + (1 - beta_2) g^2
///     w -= learning_rate / (1 - beta_1^t) m / (sqrt(v) / sqrt(1 - beta_2^t) + epsilon)
/// m and v start at 0 and are slots, "first_moment" and "second_moment"; t is the counter "updates".
class AdaptiveMoments : public Stepping {
public:
    enum class Decay : std::uint8_t { in_gradient, apart };

    AdaptiveMoments(const Attributes& a, const Factory& factory, Decay decay);
    void declare(OptimizerContext& c) const final;
    void begin_step(const Progress& progress, std::span<double> counters) const final;
    void update(const UpdateContext& c) const final;

    /// Declares all attributes but weight_decay and clip_norm.
    static Schema& add_to(Schema& schema);
    using Stepping::add_decay_and_clipping;

private:
    double beta_1_;
    double beta_2_;
    float epsilon_;
    Decay decay_;
};

}  // namespace plexus::optimizers
