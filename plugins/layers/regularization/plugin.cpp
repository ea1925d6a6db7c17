// Layers that keep a network from learning its training data by heart.
#include "regularization.hpp"

PLEXUS_PLUGIN("regularization", PLEXUS_VERSION, registry) {
    plexus::regularization::add_dropout(registry);
}
