// Optimizers, schedules and initializers, held to their contracts. Each takes the type's name and attributes made from
// its schema; an outsider's type is no other case than one that ships.
#pragma once
#include "core/contract/finding.hpp"
#include "core/plugin/types.hpp"

namespace plexus {

/// Steps change parameters, to finite values and the same bits in whatever tiles; learning rates are finite and not
/// negative; an update touches its own tile alone and allocates nothing.
Findings check_optimizer(const Schema& schema, const Types& types);

/// Finite and not negative at every step of a run, and at a step the same whatever was asked before.
Findings check_schedule(const Schema& schema, const Types& types);

/// All values are assigned and finite; the same for equal keys, and others for another key where they are random; for
/// parameters of every rank.
Findings check_initializer(const Schema& schema, const Types& types);

}  // namespace plexus
