// Tiles of an image, gathered into points and scattered from them: what the passes of winograd.hpp share.
#pragma once
#include <array>
#include <vector>

#include "kernels/convolution.hpp"
#include "kernels/strip.hpp"
#include "kernels/winograd_transform.hpp"

namespace plexus::kernels::winograd {

/// Floats of one channel list in scratch: whole panels of the products.
[[nodiscard]] constexpr std::size_t padded(std::size_t channels, std::size_t multiple) noexcept {
    return (channels + multiple - 1) / multiple * multiple;
}

/// An image that is cut into squares of `side` pixels, `outputs` apart; the first begins `top` and `left` pixels before
/// the image.
struct Tiles {
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    std::int64_t channels = 1;
    std::int64_t top = 0;
    std::int64_t left = 0;
    std::int64_t down = 1;  ///< tiles of one image
    std::int64_t across = 1;

    [[nodiscard]] std::size_t count() const noexcept { return static_cast<std::size_t>(down * across); }
    [[nodiscard]] std::int64_t elements() const noexcept { return rows * columns * channels; }

    /// The pixels of one tile, row by row; null beyond the image's edge.
    template <class T>
    void pixels(T* images, std::size_t tile, std::size_t side, T** to) const noexcept {
        const auto in_image = static_cast<std::int64_t>(tile % count());
        T* const image = images + static_cast<std::int64_t>(tile / count()) * elements();
        const std::int64_t row = in_image / across * static_cast<std::int64_t>(outputs) - top;
        const std::int64_t column = in_image % across * static_cast<std::int64_t>(outputs) - left;
        const auto end = static_cast<std::int64_t>(side);
        for (std::int64_t r = row; r < row + end; ++r)
            for (std::int64_t c = column; c < column + end; ++c)
                *to++ = r < 0 || r >= rows || c < 0 || c >= columns ? nullptr : image + (r * columns + c) * channels;
    }
};

/// Where the points of a block of tiles lie: of tile t, point p, channel c at t * stride + p * width + c.
struct Points {
    std::size_t width;
    std::size_t stride;

    Points(std::size_t channels, std::size_t panel) noexcept
        // Beyond a multiple of the cache's ways, so that the same point of neighbouring tiles does not fall on one set.
        : width{padded(channels, panel)}, stride{products * width + 16} {}
};

/// Writes the points of `count` tiles from `first` on, of so many channels from where `images` points: T is Input or
/// OutputGradient.
template <class T>
void gather(const Tiles& tiles, const float* images, std::size_t first, std::size_t count, std::size_t channels,
            const Points& points, float* to) {
    for (std::size_t t = 0; t < count; ++t, to += points.stride) {
        std::array<const float*, T::from * T::from> pixels;
        tiles.pixels(images, first + t, T::from, pixels.data());
        const float* const* const from = pixels.data();
        const std::size_t width = points.width;
        dispatch([=]() __attribute__((always_inline)) {
            for (std::size_t c = 0; c < channels; c += lanes) {
                Floats values[products];
                const std::size_t left = channels - c;
#pragma GCC unroll 6
                for (std::size_t r = 0; r < T::from; ++r)
#pragma GCC unroll 6
                    for (std::size_t s = 0; s < T::from; ++s) {
                        const float* pixel = from[r * T::from + s];
                        values[r * winograd::points + s] = pixel == nullptr ? Floats{}
                                                           : left >= lanes  ? load(pixel + c)
                                                                            : load_some(pixel + c, left);
                    }
                transform<T>(values);
#pragma GCC unroll 36
                for (std::size_t p = 0; p < products; ++p)
                    store(to + p * width + c, values[p]);
            }
        });
    }
}

}  // namespace plexus::kernels::winograd
