// Many images in one.
#pragma once
#include <span>

#include "plexus/tensor.hpp"

namespace plexus {

/// [N, H, W, C], or [N, H, W], float32 -> one image [rows (H + gap) - gap, columns (W + gap) - gap, C] uint8, row by
/// row; `black` and `white` are the values of 0 and 255, what lies beyond them is cut off. The gaps are grey.
[[nodiscard]] Array picture_of(const Array& samples, std::size_t columns, double black, double white);
/// Whether a sample of that shape is an image: [H, W], or [H, W, 1 or 3].
[[nodiscard]] bool is_image(const Shape& sample);
/// The variance of each value over the samples, [N, ...] float32 or uint8, and the mean of these; times `scale`
/// squared.
[[nodiscard]] double mean_variance(const Array& samples, double scale);

}  // namespace plexus
