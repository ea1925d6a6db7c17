// Layers that do to their process what no layer may.
#pragma once
#include <plexus/plugin.hpp>

namespace planted {

void add_conduct(plexus::Registry& registry);

}  // namespace planted
