// What products have done to their rows of channels where no kernel does it on the way.
#pragma once
#include <cstddef>

#include "plexus/bfloat16.hpp"

namespace plexus::kernels {

/// sums[c] = sum over the rows of x [rows, columns], row after row: the gradient of a bias.
void sum_rows(const float* x, std::size_t rows, std::size_t columns, float* sums) noexcept;
void sum_rows(const bfloat16* x, std::size_t rows, std::size_t columns, float* sums) noexcept;
/// Values below 0 become 0.
void cut_negative(float* x, std::size_t count) noexcept;
void cut_negative(bfloat16* x, std::size_t count) noexcept;
/// Adds `row` to each row of x [rows, columns].
void add_to_rows(const float* row, std::size_t rows, std::size_t columns, float* x) noexcept;
void add_to_rows(const float* row, std::size_t rows, std::size_t columns, bfloat16* x) noexcept;

}  // namespace plexus::kernels
