// Which edges of a plan are of 16 bits.
#pragma once
#include <vector>

#include "core/plan/absorb.hpp"

namespace plexus {

/// Makes an edge bfloat16, in a plan of less than float32, where all layers that meet at it allow it and nobody asks
/// for it: what the request keeps, and what a loss or a metric reads, is float32. So no edge has to be converted.
/// `signatures` is per graph node, and changed; `needed` says which count.
void choose_formats(const PlanRequest& request, const Absorbed& absorbed, const std::vector<bool>& needed,
                    std::vector<NodeSignature>& signatures);

}  // namespace plexus
