// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::normalization {

void add_batch_normalization(Registry& registry);
void add_instance_normalization(Registry& registry);
void add_layer_normalization(Registry& registry);

}  // namespace plexus::normalization
