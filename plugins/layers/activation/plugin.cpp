// The activations that ship: one function of each number, and softmax.
#include "activation.hpp"

PLEXUS_PLUGIN("activation", PLEXUS_VERSION, registry) {
    plexus::activation::add_leaky_relu(registry);
    plexus::activation::add_relu(registry);
    plexus::activation::add_sigmoid(registry);
    plexus::activation::add_softmax(registry);
    plexus::activation::add_tanh(registry);
}
