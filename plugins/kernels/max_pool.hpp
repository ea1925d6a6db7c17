// The largest value of one window over an image, for all channels at once, and the way back.
#pragma once
#include <cstddef>
#include <cstdint>

namespace plexus::kernels {

/// The elements of a window that lie in the image.
struct PoolWindow {
    std::int64_t rows;
    std::int64_t columns;
    std::int64_t stride;        ///< floats from one row of the image to the next
    std::int64_t channels;      ///< floats from one column to the next
    std::int32_t place;         ///< of the first element, counted in the whole window
    std::int32_t place_stride;  ///< from one row of the window to the next
    bool positive;              ///< forward: of a largest value that is not above 0, y is 0 and the place is none
};

/// For an Index of uint8 (places below 255) or int32. The functions are chosen for this machine under the cap of
/// has_avx2(); their results are the same bits.
template <class Index>
struct MaxPool {
    /// y [C] is the largest of x [rows, columns, C], argmax [C] its place; of equal values the first, of NaN and
    /// numbers the first NaN. argmax may be null.
    void (*forward)(const PoolWindow& w, const float* x, float* y, Index* argmax);
    /// dx [rows, columns, C] is dy [C] at the place and 0 elsewhere.
    void (*assign)(const PoolWindow& w, const float* dy, const Index* argmax, float* dx);
    /// The same, added to what is there.
    void (*add)(const PoolWindow& w, const float* dy, const Index* argmax, float* dx);
};

[[nodiscard]] const MaxPool<std::uint8_t>& max_pool_bytes() noexcept;
[[nodiscard]] const MaxPool<std::int32_t>& max_pool_words() noexcept;

}  // namespace plexus::kernels
