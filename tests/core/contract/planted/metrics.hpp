// Registers the planted metrics.
#pragma once
#include <plexus/plugin.hpp>

namespace planted {

void add_metrics(plexus::Registry& registry);

}  // namespace planted
