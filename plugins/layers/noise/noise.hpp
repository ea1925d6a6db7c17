// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::noise {

void add_gaussian_noise(Registry& registry);
void add_gaussian_sampling(Registry& registry);
void add_normal_noise(Registry& registry);
void add_uniform_noise(Registry& registry);

}  // namespace plexus::noise
