// What the machine's memory and caches can move at most, measured.
#pragma once
#include <cstddef>

namespace plexus {

/// GB/s, read and written, of a[i] = b[i] + s c[i] on that many threads at once over arrays that no cache holds. The
/// best of three passes of some 20 ms each.
/// Source: McCalpin's STREAM, the kernel "triad".
[[nodiscard]] double memory_limit(std::size_t threads);
/// The same over arrays that lie in a second-level cache, of each thread its own.
[[nodiscard]] double cache_limit(std::size_t threads);

}  // namespace plexus
