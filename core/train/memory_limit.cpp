#include "core/train/memory_limit.hpp"

#include <algorithm>
#include <vector>

#include "core/train/together.hpp"

namespace plexus {
namespace {

// Three arrays of 64 MiB are more than the caches of the machines that we know hold.
constexpr std::size_t in_memory = std::size_t{16} << 20;
// Three arrays of 48 KiB for each thread are more than a first-level cache and less than a second-level one.
constexpr std::size_t in_cache = std::size_t{12} << 10;

// Not inlined, so that passes over the same arrays are not merged into one.
[[gnu::noinline]] void triad(float* to, const float* from, const float* more, float scale, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        to[i] = from[i] + scale * more[i];
}

// The best of three times; each thread passes `passes` times over its part of the arrays.
double gigabytes_per_second(std::size_t elements, std::size_t threads, std::size_t passes) {
    std::vector<float> a(elements), b(elements, 1.0F), c(elements, 2.0F);
    double best = 0;
    for (int repeat = 0; repeat < 3; ++repeat) {
        const double seconds = seconds_together(threads, [&](std::size_t t) {
            const std::size_t begin = elements * t / threads, end = elements * (t + 1) / threads;
            for (std::size_t pass = 0; pass < passes; ++pass)
                triad(a.data() + begin, b.data() + begin, c.data() + begin, static_cast<float>(pass), end - begin);
        });
        best = std::max(best, 3.0 * sizeof(float) * static_cast<double>(elements * passes) / seconds / 1e9);
    }
    return best;
}

}  // namespace

double memory_limit(std::size_t threads) {
    return gigabytes_per_second(in_memory, threads, 1);
}

double cache_limit(std::size_t threads) {
    return gigabytes_per_second(in_cache * threads, threads, 2000);
}

}  // namespace plexus
