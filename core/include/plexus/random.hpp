// Counter-based random numbers: equal keys give equal numbers, on any thread and any machine.
#pragma once
#include <array>
#include <cstdint>

#include "plexus/export.hpp"

namespace plexus {

/// Names one stream of random numbers. There is no generator object, so there is no order of calls to get wrong.
struct RandomKey {
    std::uint32_t seed = 0;  ///< of the run
    std::uint32_t path = 0;  ///< hash of the call path, phase/call/node
};

/// A place in the stream; independent of how the batch is sliced.
struct RandomCounter {
    std::uint64_t execution = 0;  ///< of the phase, since the run began (not since it was resumed)
    std::uint32_t sample = 0;     ///< in the batch
    std::uint32_t block = 0;      ///< of four words
};

/// Four independent, uniformly distributed words. Pure. Does not allocate or throw.
/// Source: Salmon et al. 2011, doi:10.1145/2063384.2063405, Philox 4x32 with 10 rounds.
[[nodiscard]] PLEXUS_API std::array<std::uint32_t, 4> philox(RandomKey key, RandomCounter counter) noexcept;

/// A word as a float in [0, 1), from its upper 24 bits.
[[nodiscard]] inline float uniform(std::uint32_t word) noexcept {
    return static_cast<float>(word >> 8) * 0x1p-24F;
}

/// Two words as two independent standard normal numbers (Box and Muller 1958), computed in double.
[[nodiscard]] PLEXUS_API std::array<double, 2> normal(std::uint32_t first, std::uint32_t second) noexcept;

/// The 32-bit FNV-1a hash of a call path, for RandomKey::path.
[[nodiscard]] PLEXUS_API std::uint32_t path_hash(const char* text, std::uint32_t seed = 2166136261U) noexcept;

}  // namespace plexus
