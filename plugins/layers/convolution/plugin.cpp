// Layers that slide a kernel over an image or a sequence.
#include "convolution.hpp"

PLEXUS_PLUGIN("convolution", PLEXUS_VERSION, registry) {
    plexus::convolution::add_conv(registry);
    plexus::convolution::add_conv2d_transpose(registry);
    plexus::convolution::add_depthwise_conv2d(registry);
}
