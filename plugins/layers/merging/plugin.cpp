// Layers that make one tensor of several.
#include "merging.hpp"

PLEXUS_PLUGIN("merging", PLEXUS_VERSION, registry) {
    plexus::merging::add_add(registry);
    plexus::merging::add_average(registry);
    plexus::merging::add_concatenate(registry);
    plexus::merging::add_multiply(registry);
    plexus::merging::add_subtract(registry);
}
