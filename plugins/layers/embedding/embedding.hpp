// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::embedding {

void add_embedding(Registry& registry);
void add_one_hot(Registry& registry);

}  // namespace plexus::embedding
