// Templates among the nodes of a network are written out as blocks.
#pragma once
#include "plexus/value.hpp"

namespace plexus {

class Types;

/// Replaces, in a list of nodes and in the blocks in it, each use of a model where a layer might stand:
/// `bidirectional: {name: b, inputs: a, layer: ...}` becomes `block: {name: b, inputs: a, nodes: [...]}` with the nodes
/// of the network that the template makes. Names that were left out are given: `bidirectional_1`. A layer of the same
/// name goes first. Throws InputError for a template that makes more than a network.
void write_out_templates(Value::List& nodes, const Types& types);

}  // namespace plexus
