// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::merging {

void add_add(Registry& registry);
void add_concatenate(Registry& registry);

}  // namespace plexus::merging
