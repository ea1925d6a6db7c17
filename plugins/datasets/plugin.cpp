// The data sets that ship.
#include "datasets.hpp"

PLEXUS_PLUGIN("datasets", PLEXUS_VERSION, registry) {
    plexus::datasets::add_addition(registry);
    plexus::datasets::add_csv(registry);
    plexus::datasets::add_hdf5(registry);
    plexus::datasets::add_idx(registry);
    plexus::datasets::add_image_folder(registry);
    plexus::datasets::add_sequence_csv(registry);
    plexus::datasets::add_synthetic(registry);
    plexus::datasets::add_text(registry);
}
