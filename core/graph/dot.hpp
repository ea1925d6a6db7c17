// A graph as text for Graphviz.
#pragma once
#include <span>
#include <string>

#include "core/graph/graph.hpp"

namespace plexus {

/// One box per node with its name and type; sources are ellipses. `labels` holds one more line per
/// node (its output's shape), or is empty.
[[nodiscard]] std::string to_dot(const Graph& graph, std::span<const std::string> labels = {});

}  // namespace plexus
