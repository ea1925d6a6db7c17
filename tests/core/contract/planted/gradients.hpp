// Layers whose backward() is wrong, each in its own way.
#pragma once
#include <plexus/plugin.hpp>

namespace planted {

void add_gradients(plexus::Registry& registry);

}  // namespace planted
