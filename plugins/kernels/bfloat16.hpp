// Products of bfloat16 numbers, by kernels that have instructions for them or by those for float32.
#pragma once
#include <functional>
#include <memory>

#include "kernels/convolution.hpp"

namespace plexus::kernels {

/// A product of those formats, of which the precision is below float32: made by `native`, which may return null and is
/// given formats that read bfloat16; or, where that is so or emulation is asked for, by `floats`, which makes one of
/// float32, from numbers that are rounded before it.
[[nodiscard]] std::unique_ptr<Product> convert(Pass pass, const Convolution& shape, const Slices& slices,
                                               const Formats& formats,
                                               const std::function<std::unique_ptr<Product>(const Formats&)>& native,
                                               const std::function<std::unique_ptr<Product>()>& floats);
[[nodiscard]] std::unique_ptr<WeightGradient> convert_gradient(
    const Convolution& shape, const Slices& slices, const Formats& formats,
    const std::function<std::unique_ptr<WeightGradient>(const Formats&)>& native,
    const std::function<std::unique_ptr<WeightGradient>()>& floats);

}  // namespace plexus::kernels
