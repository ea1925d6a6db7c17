// Layers that leave values as they are, and change what comes back.
#include "gradient.hpp"

PLEXUS_PLUGIN("gradient", PLEXUS_VERSION, registry) {
    plexus::gradient::add_stop_gradient(registry);
}
