// The compiled kernels of oneDNN behind the contracts of convolution.hpp. No type of oneDNN is named here.
#pragma once
#include <memory>

#include "kernels/convolution.hpp"

namespace plexus::kernels {

/// True where oneDNN may use AVX-512.
[[nodiscard]] bool onednn_has_avx512() noexcept;
/// True where it has, and the processor (Zen 4) computes an AVX-512 vector as two of AVX2, in twice the time.
[[nodiscard]] bool onednn_has_halved_avx512() noexcept;
/// How many products of bfloat16 its convolutions do while they would do one of floats, measured on images of 32 to 256
/// channels: with AMX, on processors of AMD, and on those of Intel without AMX, where they take as long.
[[nodiscard]] double onednn_bf16_speed() noexcept;

/// Formats are all float32; or bf16 from bfloat16, to either of the two, and of gradients from both.
/// Null where oneDNN has no compiled kernel (its reference loops are a hundred times as slow). With `row_wise` the
/// samples are handed over as one row of pixels, which is what a dense layer gains from.
[[nodiscard]] std::unique_ptr<Product> make_onednn(Pass pass, const Convolution& shape, const Slices& slices,
                                                   bool row_wise, const Formats& formats = {});
[[nodiscard]] std::unique_ptr<WeightGradient> make_onednn_gradient(const Convolution& shape, const Slices& slices,
                                                                   const Formats& formats = {});

}  // namespace plexus::kernels
