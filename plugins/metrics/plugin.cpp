// The metrics that ship.
#include "metrics.hpp"

PLEXUS_PLUGIN("metrics", PLEXUS_VERSION, registry) {
    plexus::metrics::add_accuracy(registry);
    plexus::metrics::add_binary_accuracy(registry);
    plexus::metrics::add_confusion_matrix(registry);
    plexus::metrics::add_cross_entropy(registry);
    plexus::metrics::add_mean(registry);
    plexus::metrics::add_sequence_accuracy(registry);
    plexus::metrics::add_top_k_accuracy(registry);
}
