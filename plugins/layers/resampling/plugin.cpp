// Layers that make images larger.
#include "resampling.hpp"

PLEXUS_PLUGIN("resampling", PLEXUS_VERSION, registry) {
    plexus::resampling::add_reflection_padding2d(registry);
    plexus::resampling::add_upsampling2d(registry);
    plexus::resampling::add_zero_padding2d(registry);
}
