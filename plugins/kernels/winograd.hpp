// Convolutions of 3 x 3 with a quarter of the multiplications, tile by tile of 4 x 4 outputs; see
// winograd_transform.hpp.
#pragma once
#include <memory>

#include "kernels/convolution.hpp"

namespace plexus::kernels {

/// True for kernels of 3 x 3 without strides, dilation or groups: others have no such algorithm here.
[[nodiscard]] bool has_winograd(const Convolution& shape) noexcept;
/// True where the products that are saved outweigh the transforms and what tiles compute beyond the image's edge. It
/// follows from the shape and the machine's vectors alone, never from a clock. `speed` is that of the products it would
/// save: 1 of those of floats.
[[nodiscard]] bool winograd_wins(Pass pass, const Convolution& shape, double speed = 1) noexcept;
/// `samples` at a time.
[[nodiscard]] bool winograd_gradient_wins(const Convolution& shape, std::int64_t samples, double speed = 1) noexcept;

/// Of a shape that has_winograd(). `samples` is the most that run() will be given. The arithmetic is of float32,
/// whatever the formats.
[[nodiscard]] std::unique_ptr<Product> make_winograd(Pass pass, const Convolution& shape, std::int64_t samples,
                                                     const Formats& formats = {});
/// `channels`: at most so many of the input's in one run.
[[nodiscard]] std::unique_ptr<WeightGradient> make_winograd_gradient(const Convolution& shape, std::int64_t samples,
                                                                     std::int64_t channels,
                                                                     const Formats& formats = {});

}  // namespace plexus::kernels
