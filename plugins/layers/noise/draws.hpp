// Random numbers of a step, sample by sample.
#pragma once
#include <span>

#include "plexus/plugin.hpp"

namespace plexus::noise {

/// Fills `values`, [N, ...] of a shard, so many a sample. Number i of a sample comes from word i mod 4 of its block
/// i / 4, or, of normal numbers, from two of these: none depends on other samples.
/// @{
void draw_uniform(const StepContext& c, std::int64_t samples, std::span<float> values, float low, float high);
void draw_normal(const StepContext& c, std::int64_t samples, std::span<float> values, float mean, float deviation);
/// @}

/// Of one sample, as the attribute `shape` has it. Throws InputError for a size below 1, or for too many sizes.
[[nodiscard]] Shape sample_shape(const Attributes& attributes);

}  // namespace plexus::noise
