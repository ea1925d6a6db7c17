// What each file of this plugin brings, and the check that they share.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::activation {

/// Output 0 is like input 0.
inline void infer_same(InferContext& c) {
    c.output(0, c.input(0));
}

void add_leaky_relu(Registry& registry);
void add_relu(Registry& registry);
void add_sigmoid(Registry& registry);
void add_softmax(Registry& registry);
void add_tanh(Registry& registry);

}  // namespace plexus::activation
