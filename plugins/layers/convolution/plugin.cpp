// Layers that slide a kernel over an image.
#include "convolution.hpp"

PLEXUS_PLUGIN("convolution", PLEXUS_VERSION, registry) {
    plexus::convolution::add_conv2d(registry);
}
