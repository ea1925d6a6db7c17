// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::resampling {

void add_reflection_padding2d(Registry& registry);
void add_upsampling2d(Registry& registry);
void add_zero_padding2d(Registry& registry);

}  // namespace plexus::resampling
