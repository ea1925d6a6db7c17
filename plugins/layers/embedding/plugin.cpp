// Layers that give whole numbers a place among vectors.
#include "embedding.hpp"

PLEXUS_PLUGIN("embedding", PLEXUS_VERSION, registry) {
    plexus::embedding::add_embedding(registry);
    plexus::embedding::add_one_hot(registry);
}
