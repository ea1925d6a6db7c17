// What each file of this plugin brings, and the check that they share.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::activation {

/// Output 0 is like input 0, which must be float32.
inline void infer_same(InferContext& c) {
    if (c.input(0).element != Element::float32)
        throw c.error(
            text("input ", c.source(0), " is ", c.input(0).element, "; float32 is wanted: put a rescaling before it"));
    c.output(0, c.input(0));
}

void add_leaky_relu(Registry& registry);
void add_relu(Registry& registry);
void add_sigmoid(Registry& registry);
void add_softmax(Registry& registry);
void add_tanh(Registry& registry);

}  // namespace plexus::activation
