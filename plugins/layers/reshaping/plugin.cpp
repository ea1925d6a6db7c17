// Layers that give a sample's elements another shape, or repeat them.
#include "reshaping.hpp"

PLEXUS_PLUGIN("reshaping", PLEXUS_VERSION, registry) {
    plexus::reshaping::add_flatten(registry);
    plexus::reshaping::add_flip(registry);
    plexus::reshaping::add_repeat_vector(registry);
    plexus::reshaping::add_reshape(registry);
}
