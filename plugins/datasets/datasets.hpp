// What each file of this plugin registers.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::datasets {

void add_addition(Registry& registry);
void add_csv(Registry& registry);
void add_hdf5(Registry& registry);
void add_idx(Registry& registry);
void add_image_folder(Registry& registry);
void add_sequence_csv(Registry& registry);
void add_synthetic(Registry& registry);
void add_text(Registry& registry);

}  // namespace plexus::datasets
