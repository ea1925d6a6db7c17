// `--set PATH=VALUE`: changes a program's tree before templates expand.
#pragma once
#include "core/program/program.hpp"

namespace plexus {

/// Walks the path through sections, typed values (whose type may be left out: "train.optimizer.learning_rate") and
/// lists of nodes and metrics, and puts the value there; its position is the override's. A key that is not there yet is
/// added, to be judged with the rest of the program. Throws InputError for a path that leads nowhere, with the nearest
/// name.
void apply_override(Value& program, const Override& change, const Types& types);

}  // namespace plexus
