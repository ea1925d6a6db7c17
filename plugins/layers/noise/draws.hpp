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

/// [N, shape...] of a layer that has no input. Throws InputError for a size below 1, or for too many sizes.
[[nodiscard]] TensorType made_of_nothing(const InferContext& c, const std::vector<std::int64_t>& shape);

}  // namespace plexus::noise
