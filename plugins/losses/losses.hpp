// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::losses {

void add_ctc(Registry& registry);
void add_mean_squared_error(Registry& registry);
void add_sigmoid_cross_entropy(Registry& registry);
void add_softmax_cross_entropy(Registry& registry);
void add_sum(Registry& registry);
void add_wasserstein(Registry& registry);

}  // namespace plexus::losses
