// The schedules that ship.
#include "schedules.hpp"

PLEXUS_PLUGIN("schedules", PLEXUS_VERSION, registry) {
    plexus::schedules::add_constant(registry);
    plexus::schedules::add_cosine(registry);
    plexus::schedules::add_linear(registry);
    plexus::schedules::add_step(registry);
}
