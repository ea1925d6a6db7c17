#include <Random123/philox.h>

#include <cmath>
#include <numbers>

#include "plexus/random.hpp"

namespace plexus {

std::array<std::uint32_t, 4> philox(RandomKey key, RandomCounter counter) noexcept {
    const r123::Philox4x32::ctr_type words = {{counter.block, counter.sample,
                                               static_cast<std::uint32_t>(counter.execution),
                                               static_cast<std::uint32_t>(counter.execution >> 32)}};
    const r123::Philox4x32::key_type keys = {{key.seed, key.path}};
    const auto result = r123::Philox4x32{}(words, keys);
    return {result[0], result[1], result[2], result[3]};
}

std::array<double, 2> normal(std::uint32_t first, std::uint32_t second) noexcept {
    // The middle of each of 2^32 equal intervals: never 0, whose logarithm is infinite.
    const double u = (first + 0.5) * 0x1p-32;
    const double v = (second + 0.5) * 0x1p-32;
    const double radius = std::sqrt(-2.0 * std::log(u));
    const double angle = 2.0 * std::numbers::pi * v;
    return {radius * std::cos(angle), radius * std::sin(angle)};
}

std::uint32_t path_hash(const char* text, std::uint32_t seed) noexcept {
    std::uint32_t hash = seed;
    for (; *text != '\0'; ++text) {
        hash ^= static_cast<unsigned char>(*text);
        hash *= 16777619U;
    }
    return hash;
}

}  // namespace plexus
