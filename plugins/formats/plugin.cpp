// The file formats that ship: images, arrays and tables.
#include "formats.hpp"

PLEXUS_PLUGIN("formats", PLEXUS_VERSION, registry) {
    plexus::formats::add_csv(registry);
    plexus::formats::add_idx(registry);
    plexus::formats::add_jpeg(registry);
    plexus::formats::add_npy(registry);
    plexus::formats::add_png(registry);
    plexus::formats::add_text(registry);
}
