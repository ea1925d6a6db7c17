// What a program's products are made of on this machine.
#pragma once
#include "core/program/program.hpp"
#include "plexus/infer.hpp"

namespace plexus {

/// Of train.precision; float32 without a train section. What this machine has no instructions for is emulated.
[[nodiscard]] Precision precision_here(const Program& program);
/// Throws InputError where training would be emulated and was not asked to be: it would be slower than float32.
void refuse_slow_precision(const Program& program);

}  // namespace plexus
