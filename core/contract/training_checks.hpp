// Optimizers, schedules and initializers, held to their contracts. Each takes the type's name and attributes made from
// its schema; an outsider's type is no other case than one that ships. What they are called for they do on the thread
// that calls them, and leave the floating-point mode as it was.
#pragma once
#include "core/contract/uses.hpp"

namespace plexus {

/// Steps change parameters, to finite values and the same bits in whatever tiles; learning rates are finite and not
/// negative; an update touches its own tile alone, reads what it asked for and allocates nothing.
UsesTried check_optimizer(const Schema& schema, const Types& types, const UseSettings& settings);

/// Finite and not negative at every step of a run, and at a step the same whatever was asked before.
UsesTried check_schedule(const Schema& schema, const Types& types, const UseSettings& settings);

/// All values are assigned and finite, and nothing beside them; the same for equal keys, and others for another key
/// where they are random; for parameters of every rank.
UsesTried check_initializer(const Schema& schema, const Types& types, const UseSettings& settings);

}  // namespace plexus
