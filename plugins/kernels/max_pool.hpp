// The largest value of one window over an image, for all channels at once, and the way back.
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "plexus/bfloat16.hpp"

namespace plexus::kernels {

/// The elements of a window that lie in the image.
struct PoolWindow {
    std::int64_t rows;
    std::int64_t columns;
    std::int64_t stride;        ///< numbers from one row of the image to the next
    std::int64_t channels;      ///< numbers from one column to the next
    std::int32_t place;         ///< of the first element, counted in the whole window
    std::int32_t place_stride;  ///< from one row of the window to the next
    bool positive;              ///< forward: of a largest value that is not above 0, y is 0 and the place is none
};

/// For numbers T of float or bfloat16, and an Index of uint8 (places below 255) or int32. The functions are chosen for
/// this machine under the caps of has_avx2() and has_avx512(); their results are the same bits.
template <class T, class Index>
struct MaxPool {
    /// y [C] is the largest of x [rows, columns, C], argmax [C] its place; of equal values the first, of NaN and
    /// numbers the first NaN. argmax may be null.
    void (*forward)(const PoolWindow& w, const T* x, T* y, Index* argmax);
    /// dx [rows, columns, C] is dy [C] at the place and 0 elsewhere.
    void (*assign)(const PoolWindow& w, const T* dy, const Index* argmax, T* dx);
    /// The same, added to what is there.
    void (*add)(const PoolWindow& w, const T* dy, const Index* argmax, T* dx);
};

template <class T, class Index>
[[nodiscard]] const MaxPool<T, Index>& max_pool() noexcept;
/// The variant for AVX-512; null where the machine does not have it.
template <class T, class Index>
[[nodiscard]] const MaxPool<T, Index>* max_pool_avx512() noexcept;

/// A place that no element of a window has, as an index is read back.
template <class Index>
constexpr std::int32_t no_place = std::is_same_v<Index, std::uint8_t> ? 255 : -1;

}  // namespace plexus::kernels
