// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::models {

void add_autoencoder(Registry& registry);
void add_bidirectional(Registry& registry);
void add_cnn(Registry& registry);
void add_conditional_gan(Registry& registry);
void add_gan(Registry& registry);
void add_mlp(Registry& registry);
void add_resnet(Registry& registry);
void add_rnn(Registry& registry);
void add_seq2seq(Registry& registry);
void add_variational_autoencoder(Registry& registry);
void add_vgg16(Registry& registry);

}  // namespace plexus::models
