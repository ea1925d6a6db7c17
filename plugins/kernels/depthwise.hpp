// Convolution of each channel by itself, for groups that hold one channel each: vectors of channels, no panels.
#pragma once
#include <memory>

#include "kernels/convolution.hpp"

namespace plexus::kernels {

/// Every group has one channel, and one filter or several. Then [R, S, 1, K] is also [R, S, C, K / C].
[[nodiscard]] bool is_depthwise(const Convolution& shape) noexcept;

/// For shapes that are depthwise.
[[nodiscard]] std::unique_ptr<Product> make_depthwise(Pass pass, const Convolution& shape);
[[nodiscard]] std::unique_ptr<WeightGradient> make_depthwise_gradient(const Convolution& shape);

}  // namespace plexus::kernels
