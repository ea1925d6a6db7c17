// Registers the planted types that train.
#pragma once
#include <plexus/plugin.hpp>

namespace planted {

void add_training(plexus::Registry& registry);

}  // namespace planted
