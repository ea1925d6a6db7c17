// The losses that ship.
#include "losses.hpp"

PLEXUS_PLUGIN("losses", PLEXUS_VERSION, registry) {
    plexus::losses::add_ctc(registry);
    plexus::losses::add_mean_squared_error(registry);
    plexus::losses::add_sigmoid_cross_entropy(registry);
    plexus::losses::add_softmax_cross_entropy(registry);
    plexus::losses::add_sum(registry);
    plexus::losses::add_wasserstein(registry);
}
