// The filters of a kernel as a sheet of small pictures.
#pragma once
#include "plexus/tensor.hpp"

namespace runner {

/// One tile for each output of a kernel, in rows from left to right, each scaled to its own range (its least value is
/// black) and magnified; [H, W, 1] or, where the kernel reads three channels, [H, W, 3], uint8.
///   kernel  [H, W, C, F] of a convolution: F tiles of H x W; of other than three channels the first is shown
///           [S * S * C, F] of a dense layer after square images of C = 1 or 3 channels: F tiles of S x S
/// Throws plexus::InputError for a kernel of which no picture can be made.
[[nodiscard]] plexus::Array contact_sheet(const plexus::ConstTensor& kernel, const std::string& name);

}  // namespace runner
