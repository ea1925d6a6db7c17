// Layers with faults that few inputs and few attributes show.
#pragma once
#include <plexus/plugin.hpp>

namespace planted {

void add_rare(plexus::Registry& registry);

}  // namespace planted
