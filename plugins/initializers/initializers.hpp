// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::initializers {

/// zeros, ones, constant
void add_constant(Registry& registry);
void add_orthogonal(Registry& registry);
/// normal, random_normal, random_uniform, truncated_normal
void add_random(Registry& registry);
/// glorot, he and lecun, each as _uniform and _normal, and variance_scaling
void add_variance_scaling(Registry& registry);

}  // namespace plexus::initializers
