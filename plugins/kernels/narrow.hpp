// Convolution to a few channels: products of each pixel with the whole kernel, added where they belong.
#pragma once
#include <memory>

#include "kernels/convolution.hpp"

namespace plexus::kernels {

/// Whether this is the faster way: make_direct() works in panels of 16 results, of which a few channels fill little.
[[nodiscard]] bool narrow_wins(Pass pass, const Convolution& shape) noexcept;

/// For shapes where it wins.
[[nodiscard]] std::unique_ptr<Product> make_narrow(Pass pass, const Convolution& shape);

}  // namespace plexus::kernels
