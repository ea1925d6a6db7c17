// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::recurrent {

void add_simple_rnn(Registry& registry);
void add_lstm(Registry& registry);
void add_gru(Registry& registry);
/// The initializer of lstm's bias.
void add_unit_forget_bias(Registry& registry);

}  // namespace plexus::recurrent
