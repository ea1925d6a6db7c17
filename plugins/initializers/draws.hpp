// Fills an array with random numbers of one distribution.
#pragma once
#include <span>

#include "plexus/plugin.hpp"

namespace plexus::initializers {

/// Value i comes from word i mod 4 of block i / 4, whatever the array's size. All are computed in double.
void draw_uniform(std::span<float> values, double low, double high, RandomKey key);
void draw_normal(std::span<float> values, double mean, double deviation, RandomKey key);
/// A normal distribution without its tails: a value farther than two deviations from the mean is drawn again, from
/// blocks of its own. What is left has a deviation of 0.8796 times `deviation`.
void draw_truncated_normal(std::span<float> values, double mean, double deviation, RandomKey key);

}  // namespace plexus::initializers
