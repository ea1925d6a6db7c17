// The layer that finds the padding of sequences.
#include "masking.hpp"

PLEXUS_PLUGIN("masking", PLEXUS_VERSION, registry) {
    plexus::masking::add_masking(registry);
}
