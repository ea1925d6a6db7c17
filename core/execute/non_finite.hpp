// Where the first value of a step that is not finite came from.
#pragma once
#include <string>

#include "core/execute/operation.hpp"

namespace plexus {

/// Does the step again on one thread, one operation after the other and without updates, up to the first tensor that is
/// not finite: a parameter that was so before, a tensor of the data, or what a stage wrote: "conv2d 'conv1', forward:
/// output 0". Empty if there is none. `bases` are those of one worker.
[[nodiscard]] std::string first_non_finite(const Plan& plan, std::byte* const* bases, const StepInput& input,
                                           const Model& model);

/// What an operation has just written that is not finite: "dense 'd', forward: output 0"; of work that runs a plan of
/// its own with what it was in there. Empty if all is.
[[nodiscard]] std::string non_finite_written(const StepState& state);

}  // namespace plexus
