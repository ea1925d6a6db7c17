// The plan of one full batch of a session, for looking at and for timing.
#pragma once
#include "core/plan/plan.hpp"
#include "core/train/optimizers.hpp"
#include "core/train/session.hpp"

namespace plexus {

/// As many workers as asked for, or as the machine has.
[[nodiscard]] std::size_t worker_count(std::size_t threads);
/// In training, a step of the program's train section in which all phases fall due; else a forward pass of its network,
/// or of all phases.
[[nodiscard]] Plan plan_step(const Session& session, Mode mode, const Optimizers& optimizers, std::size_t workers,
                             const Rewrites& rewrites = {});
/// Of `train`; without it all samples of the source are one batch, up to 128.
[[nodiscard]] std::int64_t batch_of(const Session& session);

}  // namespace plexus
