// Layers that keep something where several threads find it.
#pragma once
#include <plexus/plugin.hpp>

namespace planted {

void add_sharing(plexus::Registry& registry);

}  // namespace planted
