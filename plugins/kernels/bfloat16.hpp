// Products of bfloat16 numbers, by kernels that have instructions for them or by those for float32.
#pragma once
#include <memory>

#include "kernels/convolution.hpp"

namespace plexus::kernels {

/// True where a kernel with instructions for bfloat16 may be had, and emulation is not asked for.
[[nodiscard]] bool wants_native(const Formats& formats) noexcept;

/// A product of those formats, of which the precision is below float32, by a kernel of others: of the same precision,
/// or of float32, which then gets numbers that are rounded before it.
[[nodiscard]] std::unique_ptr<Product> convert(Pass pass, const Convolution& shape, const Slices& slices,
                                               const Formats& formats, const Formats& of_kernel,
                                               std::unique_ptr<Product> kernel);
[[nodiscard]] std::unique_ptr<WeightGradient> convert_gradient(const Convolution& shape, const Slices& slices,
                                                               const Formats& formats, const Formats& of_kernel,
                                                               std::unique_ptr<WeightGradient> kernel);

}  // namespace plexus::kernels
