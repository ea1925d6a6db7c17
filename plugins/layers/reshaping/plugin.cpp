// Layers that give a sample's elements another shape.
#include "reshaping.hpp"

PLEXUS_PLUGIN("reshaping", PLEXUS_VERSION, registry) {
    plexus::reshaping::add_flatten(registry);
    plexus::reshaping::add_reshape(registry);
}
