// Images of another size or colour than a network wants.
#pragma once
#include "plexus/tensor.hpp"

namespace plexus {

/// [H, W, C] uint8 to [height, width, C], bilinear with pixel centres at halves; edges are repeated.
[[nodiscard]] Array resize(const Array& image, std::int64_t height, std::int64_t width);
/// [H, W, C] uint8 to [H, W, 1]: ITU-R BT.601 luma of red, green and blue; a fourth channel (alpha) is ignored.
[[nodiscard]] Array grey(const Array& image);

}  // namespace plexus
