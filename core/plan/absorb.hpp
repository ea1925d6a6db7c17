// Which nodes are left out of a plan because a neighbour does their work with its own.
#pragma once
#include <vector>

#include "core/plan/plan.hpp"

namespace plexus {

struct Absorbed {
    /// Per graph node: the node that does its work; mostly itself.
    std::vector<std::size_t> host;
    /// Per graph node: those whose work it does, in the order in which they run.
    std::vector<std::vector<std::size_t>> before;
    std::vector<std::vector<std::size_t>> after;
};

/// Asks the layers. A node can be absorbed where nobody else sees what lies between the two: it is the only reader of
/// its source, or its only reader absorbs it, and nothing between them is asked for by the request. `signatures` is per
/// graph node, `needed` says which count.
[[nodiscard]] Absorbed absorb(const PlanRequest& request, const std::vector<NodeSignature>& signatures,
                              const std::vector<bool>& needed);

}  // namespace plexus
