// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::convolution {

void add_conv2d(Registry& registry);

}  // namespace plexus::convolution
