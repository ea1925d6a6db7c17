// A graph as text for Graphviz.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "core/graph/graph.hpp"

namespace plexus {

/// What is drawn beside the graph itself; each list may be empty.
struct DotNotes {
    std::span<const std::string> labels = {};           ///< one more text per node: its output's shape
    std::span<const std::string> phases = {};           ///< names, where there are several: each has a frame
    std::span<const std::vector<bool>> gradients = {};  ///< per node and input: whether a gradient goes back
};

/// One box per node with its name and type; sources are ellipses. Of a program of several phases, a frame for each, and
/// in it one for each call of a network, which says which network it is; an edge that brings no gradient back is
/// dashed.
[[nodiscard]] std::string to_dot(const Graph& graph, const DotNotes& notes = {});

}  // namespace plexus
