// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::optimizers {

void add_adagrad(Registry& registry);
void add_adam(Registry& registry);
void add_adamw(Registry& registry);
void add_ema(Registry& registry);
void add_rmsprop(Registry& registry);
void add_sgd(Registry& registry);
void add_swa(Registry& registry);
void add_weight_clipping(Registry& registry);

}  // namespace plexus::optimizers
