// Convolution without a detour: tiles of pixels, from any place of the image, times panels of weights.
#pragma once
#include <memory>

#include "kernels/convolution.hpp"

namespace plexus::kernels {

/// Any shape. `samples` is the most that run() will be given.
[[nodiscard]] std::unique_ptr<Product> make_direct(Pass pass, const Convolution& shape, std::int64_t samples);
/// `channels`: at most so many of the input's, of one group, in one run.
[[nodiscard]] std::unique_ptr<WeightGradient> make_direct_gradient(const Convolution& shape, std::int64_t samples,
                                                                   std::int64_t channels);

}  // namespace plexus::kernels
