// Layers that prepare raw data, and in training vary it. Names, attributes and defaults are Keras's.
#include "preprocessing.hpp"

PLEXUS_PLUGIN("preprocessing", PLEXUS_VERSION, registry) {
    plexus::preprocessing::add_normalization(registry);
    plexus::preprocessing::add_random_flip(registry);
    plexus::preprocessing::add_random_translation(registry);
    plexus::preprocessing::add_rescaling(registry);
}
