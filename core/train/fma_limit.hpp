// What the machine's vector units can do at most, measured.
#pragma once
#include <cstddef>

namespace plexus {

/// GFLOP/s of float32 fused multiply-adds on that many threads at once, in registers: an upper limit that no kernel
/// passes. The best of five tries of some 10 ms each.
[[nodiscard]] double fma_limit(std::size_t threads);

}  // namespace plexus
