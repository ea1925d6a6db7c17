// A model template's text takes its place in the program.
#pragma once
#include "plexus/value.hpp"

namespace plexus {

class Types;

/// Replaces `model: {cnn: {...}}` by what the template makes of it. What the file says itself wins, section by section
/// and key by key, but for the network, of which there can be one. What the template made has the model's position, and
/// a chain such as "in model cnn, conv1".
void expand_model_text(Value& program, const Types& types);

}  // namespace plexus
