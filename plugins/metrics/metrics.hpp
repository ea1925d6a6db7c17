// What each file of this plugin brings.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::metrics {

void add_accuracy(Registry& registry);
void add_binary_accuracy(Registry& registry);
void add_confusion_matrix(Registry& registry);
void add_cross_entropy(Registry& registry);
void add_mean(Registry& registry);
void add_sequence_accuracy(Registry& registry);
void add_top_k_accuracy(Registry& registry);

}  // namespace plexus::metrics
