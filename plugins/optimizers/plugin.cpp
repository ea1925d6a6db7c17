// The optimizers that ship. Formulas and defaults are PyTorch's.
#include "optimizers.hpp"

PLEXUS_PLUGIN("optimizers", PLEXUS_VERSION, registry) {
    plexus::optimizers::add_adagrad(registry);
    plexus::optimizers::add_adam(registry);
    plexus::optimizers::add_adamw(registry);
    plexus::optimizers::add_ema(registry);
    plexus::optimizers::add_rmsprop(registry);
    plexus::optimizers::add_sgd(registry);
    plexus::optimizers::add_swa(registry);
    plexus::optimizers::add_weight_clipping(registry);
}
