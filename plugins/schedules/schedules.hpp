// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::schedules {

void add_constant(Registry& registry);
void add_cosine(Registry& registry);
void add_linear(Registry& registry);
void add_step(Registry& registry);

}  // namespace plexus::schedules
