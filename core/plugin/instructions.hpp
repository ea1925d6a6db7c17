// What this machine's processor can do, as far as kernels may use it.
#pragma once
#include "plexus/export.hpp"

namespace plexus {

/// True where the processor multiplies bfloat16 numbers (AVX-512 BF16) and `--isa` allows it.
[[nodiscard]] PLEXUS_API bool has_bfloat16_instructions();

}  // namespace plexus
