// Registers the planted data sets and file formats.
#pragma once
#include <plexus/plugin.hpp>

namespace planted {

void add_data(plexus::Registry& registry);

}  // namespace planted
