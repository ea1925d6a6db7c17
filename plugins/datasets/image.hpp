// An image brought to the channels and the size that a data set promises.
#pragma once
#include "plexus/tensor.hpp"

namespace plexus::datasets {

/// Fills `out` [P, Q, K] from `image` [H, W, C], both uint8, C and K 1 or 3. Grey is copied into three channels; three
/// become grey as 0.299 R + 0.587 G + 0.114 B. Sizes are brought together by bilinear interpolation between the centres
/// of pixels, without smoothing, as Keras's `smart_resize` and TensorFlow's `tf.image.resize` do.
void fit_image(const ConstTensor& image, const Tensor& out);

}  // namespace plexus::datasets
