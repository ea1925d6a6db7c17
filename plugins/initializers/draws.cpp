#include "draws.hpp"

#include <cmath>

namespace plexus::initializers {
namespace {

using Words = std::array<std::uint32_t, 4>;

/// Calls put(i, words) for each value, with the words of the block that it belongs to.
template <class Put>
void for_each(std::size_t size, RandomKey key, const Put& put) {
    Words words{};
    for (std::size_t i = 0; i < size; ++i) {
        if (i % 4 == 0)
            words = philox(key, {.block = static_cast<std::uint32_t>(i / 4)});
        put(i, words);
    }
}

/// The standard normal number of place `lane`: places 0 and 1 share two words, and so do 2 and 3.
double normal_at(const Words& words, std::size_t lane) {
    return normal(words[lane & 2], words[lane | 1])[lane & 1];
}

}  // namespace

void draw_uniform(std::span<float> values, double low, double high, RandomKey key) {
    for_each(values.size(), key, [&](std::size_t i, const Words& words) {
        values[i] = static_cast<float>(low + (high - low) * static_cast<double>(uniform(words[i % 4])));
    });
}

void draw_normal(std::span<float> values, double mean, double deviation, RandomKey key) {
    for_each(values.size(), key, [&](std::size_t i, const Words& words) {
        values[i] = static_cast<float>(mean + deviation * normal_at(words, i % 4));
    });
}

void draw_truncated_normal(std::span<float> values, double mean, double deviation, RandomKey key) {
    for_each(values.size(), key, [&](std::size_t i, const Words& words) {
        double z = normal_at(words, i % 4);
        // Sample 0 holds the first draws of all values; sample t the t-th further draw of value i, in block i.
        for (std::uint32_t attempt = 1; std::abs(z) > 2; ++attempt) {
            const Words again = philox(key, {.sample = attempt, .block = static_cast<std::uint32_t>(i)});
            z = normal(again[0], again[1])[0];
        }
        values[i] = static_cast<float>(mean + deviation * z);
    });
}

}  // namespace plexus::initializers
