// What each file of this plugin brings, and the checks that they share.
#pragma once
#include "plexus/plugin.hpp"

namespace plexus::preprocessing {

/// Refuses element types that raw data does not have.
inline void want_numbers(InferContext& c) {
    const TensorType& x = c.input(0);
    if (x.element != Element::float32 && x.element != Element::uint8)
        throw c.error(text("input ", c.source(0), " is ", x.element, "; float32 or uint8 is wanted"));
}

/// Refuses what is no batch of images.
inline void want_images(InferContext& c) {
    want_numbers(c);
    if (c.input(0).shape.rank() != 4)
        throw c.error(text("input has shape ", c.source(0), "; [batch, rows, columns, channels] is wanted"));
}

void add_normalization(Registry& registry);
void add_random_flip(Registry& registry);
void add_random_translation(Registry& registry);
void add_rescaling(Registry& registry);

}  // namespace plexus::preprocessing
