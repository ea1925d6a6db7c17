// What the machine's vector units can do at most, measured.
#pragma once
#include <cstddef>

namespace plexus {

struct FmaLimit {
    double gflops = 0;  ///< GFLOP/s of all threads
    double taken = 0;   ///< share of the time in which a thread could have run and another program did
};

/// float32 fused multiply-adds on that many threads at once, in registers: an upper limit that no kernel passes. The
/// best of five tries of some 10 ms each; what others took, of all five.
[[nodiscard]] FmaLimit fma_limit(std::size_t threads);

}  // namespace plexus
