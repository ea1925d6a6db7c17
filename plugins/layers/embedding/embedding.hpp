// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::embedding {

void add_embedding(Registry& registry);

}  // namespace plexus::embedding
