// The initializers that ship. Names, attributes and defaults are Keras's.
#include "initializers.hpp"

PLEXUS_PLUGIN("initializers", PLEXUS_VERSION, registry) {
    plexus::initializers::add_constant(registry);
    plexus::initializers::add_orthogonal(registry);
    plexus::initializers::add_random(registry);
    plexus::initializers::add_variance_scaling(registry);
}
