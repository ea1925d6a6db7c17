#include "adaptive_moments.hpp"
#include "optimizers.hpp"

namespace plexus::optimizers {
namespace {

/// adam with weight decay beside the gradient: it does not go into the moments, so weights with large gradients decay
/// like the others. See AdaptiveMoments.
/// Source: Loshchilov and Hutter 2019, arXiv 1711.05101, in the form of torch.optim.AdamW.
struct AdamW final : AdaptiveMoments {
    AdamW(const Attributes& a, const Factory& factory) : AdaptiveMoments{a, factory, Decay::apart} {}
};

}  // namespace

void add_adamw(Registry& registry) {
    Schema& schema = registry.optimizer<AdamW>("adamw", "adam, with weight decay that the moments do not see");
    AdamW::add_decay_and_clipping(AdamW::add_to(schema), 0.01,
                                  "pulls each weight towards 0: takes learning_rate weight_decay w off it")
        .formula(
            "w -= learning_rate weight_decay w; m = beta_1 m + (1 - beta_1) g; v = beta_2 v + (1 - beta_2) g^2; "
            "w -= learning_rate m' / (sqrt(v') + epsilon), m' = m / (1 - beta_1^t), v' = v / (1 - beta_2^t)");
}

}  // namespace plexus::optimizers
