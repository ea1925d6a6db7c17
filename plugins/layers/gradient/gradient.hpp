// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::gradient {

void add_stop_gradient(Registry& registry);

}  // namespace plexus::gradient
