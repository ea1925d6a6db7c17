// The fully connected layer.
#include "dense.hpp"

PLEXUS_PLUGIN("dense", PLEXUS_VERSION, registry) {
    plexus::dense::add_dense(registry);
}
