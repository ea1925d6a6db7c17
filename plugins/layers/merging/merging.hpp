// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::merging {

void add_add(Registry& registry);
void add_average(Registry& registry);
void add_concatenate(Registry& registry);
void add_multiply(Registry& registry);
void add_subtract(Registry& registry);

/// Of layers whose inputs and output are alike: refuses others.
void infer_alike(InferContext& c);

}  // namespace plexus::merging
