// A model template's text takes its place in the program.
#pragma once
#include "plexus/attributes.hpp"

namespace plexus {

class Types;

/// What a template makes of one use: a map with `network`, and whatever else it sets. All of it has the model's
/// position, but for what came from the file, and a chain such as "in model cnn, conv1".
[[nodiscard]] Value made_by_model(const TypedValue& use, const Types& types);

/// Replaces `model: {cnn: {...}}` by what the template makes of it. What the file says itself wins, section by section
/// and key by key, but for the network, of which there can be one.
void expand_model_text(Value& program, const Types& types);

}  // namespace plexus
