// Products of a dense layer that read its weights as they lie: what changes at every step is not packed first.
#pragma once
#include <memory>

#include "kernels/convolution.hpp"

namespace plexus::kernels {

/// y = x * weights [features, units], or dx = dy * weights^T. Any number of rows, and any part of the channels.
[[nodiscard]] std::unique_ptr<Product> make_plain(Pass pass, std::int64_t features, std::int64_t units);

}  // namespace plexus::kernels
