// Layers that draw random numbers, in training or always.
#include "noise.hpp"

PLEXUS_PLUGIN("noise", PLEXUS_VERSION, registry) {
    plexus::noise::add_gaussian_noise(registry);
    plexus::noise::add_gaussian_sampling(registry);
    plexus::noise::add_normal_noise(registry);
    plexus::noise::add_uniform_noise(registry);
}
