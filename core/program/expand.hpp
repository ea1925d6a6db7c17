// Blocks, repeats and activations of a network become a plain list of nodes.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "core/program/item.hpp"

namespace plexus {

class Types;

/// A node with its full name; `use` has no reserved attributes and no activation, references are full names.
struct FlatNode {
    std::string name;
    Value use;
    std::vector<Value> inputs;  ///< empty: the node before, or what the network reads
};

/// - `conv2d: {name: c, activation: relu}` becomes `c` and `c_relu`; whoever reads `c` reads the output of `c_relu`.
/// - `dense: {name: d, repeat: 2}` becomes `d_1` and `d_2`, one after the other; `d` means the last.
/// - A model, where a layer might stand, becomes a block of its nodes; see write_out_templates().
/// - `block: {name: b, nodes: [...]}` becomes its nodes, `b_` before their names; with `repeat: 2`, `b_1_` and `b_2_`.
///   `b` means its last node. The first node reads the block's `inputs`, and `input` in it means these (`input.1` the
///   second, `input.*` all of them). Names are looked up inside first, then outward; from outside, a block's nodes have
///   their full names.
/// `references` are names of nodes that stand outside of the list: each becomes the full name of what it means.
[[nodiscard]] std::vector<FlatNode> expand_nodes(const Value& network, const Types& types,
                                                 std::span<Value* const> references = {});

}  // namespace plexus
