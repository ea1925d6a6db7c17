// Layers that keep the spread of activations in bounds.
#include "normalization.hpp"

PLEXUS_PLUGIN("normalization", PLEXUS_VERSION, registry) {
    plexus::normalization::add_batch_normalization(registry);
    plexus::normalization::add_instance_normalization(registry);
    plexus::normalization::add_layer_normalization(registry);
}
