// Layers that make one value of many neighbours.
#include "plexus/plugin.hpp"
#include "pool.hpp"

PLEXUS_PLUGIN("pool", PLEXUS_VERSION, registry) {
    plexus::pool::add_average_pool(registry);
    plexus::pool::add_global_average_pool(registry);
    plexus::pool::add_max_pool(registry);
}
