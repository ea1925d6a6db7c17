// Rows become columns.
#pragma once
#include <cstddef>

namespace plexus::kernels {

/// to[c * to_line + r] = from[r * from_line + c]: a matrix [rows, columns] whose rows, and those of what is written,
/// begin so many floats apart.
void transpose(const float* from, std::size_t from_line, std::size_t rows, std::size_t columns, float* to,
               std::size_t to_line) noexcept;

}  // namespace plexus::kernels
