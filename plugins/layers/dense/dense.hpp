// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::dense {

void add_dense(Registry& registry);

}  // namespace plexus::dense
