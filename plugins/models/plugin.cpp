// Model templates: well-known networks, written out as a graph file would have them.
#include "models.hpp"

PLEXUS_PLUGIN("models", PLEXUS_VERSION, registry) {
    plexus::models::add_autoencoder(registry);
    plexus::models::add_bidirectional(registry);
    plexus::models::add_cnn(registry);
    plexus::models::add_conditional_gan(registry);
    plexus::models::add_gan(registry);
    plexus::models::add_mlp(registry);
    plexus::models::add_resnet(registry);
    plexus::models::add_rnn(registry);
    plexus::models::add_seq2seq(registry);
    plexus::models::add_variational_autoencoder(registry);
    plexus::models::add_vgg16(registry);
}
