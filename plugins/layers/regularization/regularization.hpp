// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::regularization {

void add_dropout(Registry& registry);

}  // namespace plexus::regularization
