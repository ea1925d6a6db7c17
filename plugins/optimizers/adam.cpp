#include "adaptive_moments.hpp"
#include "optimizers.hpp"

namespace plexus::optimizers {
namespace {

/// Adaptive moments; weight decay is in the gradient. See AdaptiveMoments.
/// Source: Kingma and Ba 2015, arXiv 1412.6980, in the form of torch.optim.Adam.
struct Adam final : AdaptiveMoments {
    Adam(const Attributes& a, const Factory& factory) : AdaptiveMoments{a, factory, Decay::in_gradient} {}
};

}  // namespace

void add_adam(Registry& registry) {
    Schema& schema = registry.optimizer<Adam>("adam", "A step size of its own for each weight, from running moments");
    Adam::add_decay_and_clipping(Adam::add_to(schema))
        .formula(
            "m = beta_1 m + (1 - beta_1) g; v = beta_2 v + (1 - beta_2) g^2; "
            "w -= learning_rate m' / (sqrt(v') + epsilon), m' = m / (1 - beta_1^t), v' = v / (1 - beta_2^t)");
}

}  // namespace plexus::optimizers
