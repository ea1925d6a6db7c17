// Which phase computes a node, which phase's gradient comes back through it, and where gradients stop.
#pragma once
#include <cstddef>
#include <vector>

#include "core/plan/plan.hpp"

namespace plexus {

/// Per graph node; phases are counted as in PlanRequest::phases.
struct Passes {
    std::vector<std::size_t> forward;            ///< the phase that computes the node
    std::vector<std::size_t> backward;           ///< the one whose gradient comes through it, or Plan::npos
    std::vector<bool> wants_parameters;          ///< whether its parameters learn from it
    std::vector<std::vector<bool>> wants_input;  ///< whether what it reads is told its gradient, per input
    std::vector<bool> learns;                    ///< whether something at or before it learns from it
};

/// A gradient goes from a phase's losses, and from the outputs whose gradient the caller gives, to the parameters of
/// the networks that the phase trains; not through inputs that want none. No more than one phase's gradient comes
/// through a node, in a program that refuse_phases() lets pass.
[[nodiscard]] Passes find_passes(const PlanRequest& request, const std::vector<NodeSignature>& signatures);

/// Proves a program's phases, all of them, before any of them is planned. Throws InputError for a phase that trains a
/// network which its loss does not reach, and for one that uses what a phase before it computed with weights that
/// were updated since.
void refuse_phases(const Model& model, const std::vector<PhaseRequest>& phases);

}  // namespace plexus
