// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::masking {

void add_masking(Registry& registry);

}  // namespace plexus::masking
