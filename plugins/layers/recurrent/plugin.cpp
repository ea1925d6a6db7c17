// Recurrent layers, each with its loop over time inside. Names, attributes and defaults are Keras's.
#include "recurrent.hpp"

PLEXUS_PLUGIN("recurrent", PLEXUS_VERSION, registry) {
    plexus::recurrent::add_simple_rnn(registry);
    plexus::recurrent::add_lstm(registry);
    plexus::recurrent::add_gru(registry);
    plexus::recurrent::add_unit_forget_bias(registry);
}
