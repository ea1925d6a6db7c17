// Tiles of an image, gathered into points and scattered from them: what the passes of winograd.hpp share.
#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/convolution.hpp"
#include "kernels/dispatch.hpp"
#include "kernels/strip.hpp"
#include "kernels/winograd_transform.hpp"

namespace plexus::kernels::winograd {

/// Floats of one channel list in scratch: whole panels of the products.
[[nodiscard]] constexpr std::size_t padded(std::size_t channels, std::size_t multiple) noexcept {
    return (channels + multiple - 1) / multiple * multiple;
}

/// An image that is cut into squares of pixels, `outputs` apart; the first begins `top` and `left` pixels before the
/// image.
struct Tiles {
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    std::int64_t channels = 1;
    std::int64_t top = 0;
    std::int64_t left = 0;
    std::int64_t down = 1;  ///< tiles of one image
    std::int64_t across = 1;

    [[nodiscard]] std::size_t count() const noexcept { return static_cast<std::size_t>(down * across); }
    /// From a pixel to the one below it.
    [[nodiscard]] std::int64_t pitch() const noexcept { return columns * channels; }
};

/// Goes from tile to tile, row by row and image by image.
class Walk {
public:
    Walk(const Tiles& tiles, std::size_t first) noexcept
        : tiles_{tiles},
          image_{static_cast<std::int64_t>(first / tiles.count()) * tiles.rows * tiles.pitch()},
          row_{static_cast<std::int64_t>(first % tiles.count()) / tiles.across * side - tiles.top},
          column_{static_cast<std::int64_t>(first % tiles.count()) % tiles.across * side - tiles.left} {}

    void next() noexcept {
        column_ += side;
        if (column_ + tiles_.left < tiles_.across * side)
            return;
        column_ = -tiles_.left;
        row_ += side;
        if (row_ + tiles_.top < tiles_.down * side)
            return;
        row_ = -tiles_.top;
        image_ += tiles_.rows * tiles_.pitch();
    }

    /// Of the tile's first pixel, which may lie before the image.
    [[nodiscard]] std::int64_t row() const noexcept { return row_; }
    [[nodiscard]] std::int64_t column() const noexcept { return column_; }
    /// Where a row of the image begins.
    [[nodiscard]] std::int64_t line(std::int64_t row) const noexcept { return image_ + row * tiles_.pitch(); }

private:
    static constexpr auto side = static_cast<std::int64_t>(outputs);

    const Tiles& tiles_;
    std::int64_t image_;
    std::int64_t row_;
    std::int64_t column_;
};

/// Where the points of a block of tiles lie: of point p, tile t, channel c at p * plane + t * width + c.
struct Points {
    std::size_t width;
    std::size_t plane;

    Points(std::size_t channels, std::size_t panel, std::size_t tiles) noexcept
        : width{padded(channels, panel)}, plane{padded(tiles * width, lines) + line} {}
    [[nodiscard]] std::size_t floats() const noexcept { return products * plane; }
    /// Floats of one tile's points.
    [[nodiscard]] static std::size_t of_tile(std::size_t channels, std::size_t panel) noexcept {
        return products * padded(channels, panel);
    }

private:
    // An odd number of the cache's lines: the points of one tile fall on sets of their own.
    static constexpr std::size_t line = 16;
    static constexpr std::size_t lines = 2 * line;
};

/// Loads as many numbers as V has lanes: `left` of them, if those are fewer, and zeros.
template <class V>
[[gnu::always_inline]] inline V load_lanes(const float* from, std::size_t left) {
    V v{};
    if (left >= lanes_of<V>)
        __builtin_memcpy(&v, from, sizeof v);
    else
        for (std::size_t i = 0; i < left; ++i)
            v[i] = from[i];
    return v;
}

template <class V>
[[gnu::always_inline]] inline V load_lanes(const bfloat16* from, std::size_t left) {
    V v{};
    if (left < lanes_of<V>) {
        for (std::size_t i = 0; i < left; ++i)
            v[i] = static_cast<float>(from[i]);
    } else if constexpr (std::is_same_v<V, Floats>) {
        v = load(from);
    } else {
        HalvesOf<V> halves;
        __builtin_memcpy(&halves, from, sizeof halves);
        v = std::bit_cast<V>(__builtin_convertvector(halves, BitsOf<V>) << 16);
    }
    return v;
}

template <class V>
[[gnu::always_inline]] inline void store_lanes(float* to, const V& v, std::size_t left) {
    if (left >= lanes_of<V>)
        __builtin_memcpy(to, &v, sizeof v);
    else
        for (std::size_t i = 0; i < left; ++i)
            to[i] = v[i];
}

/// Rounds as bfloat16(float) does.
template <class V>
[[gnu::always_inline]] inline void store_lanes(bfloat16* to, const V& v, std::size_t left) {
    if (left < lanes_of<V>) {
        for (std::size_t i = 0; i < left; ++i)
            to[i] = bfloat16{v[i]};
        return;
    }
    store_rounded(to, v);
}

/// Calls `run(V{}, c, left)` for vectors of the channels from `begin` on, the widest that there are and that fit. The
/// last may begin among the channels of the one before it: they are computed twice then, to the same values. `left` is
/// below lanes_of<V> only where all are too few for a vector.
template <class Wide, class Run>
[[gnu::always_inline]] inline void over_lanes(Wide, std::size_t begin, std::size_t end, const Run& run) {
    const auto all = [&]<class V>(const V& v) __attribute__((always_inline)) {
        for (std::size_t c = begin; c < end; c += lanes_of<V>)
            run(v, std::min(c, end - lanes_of<V>), lanes_of<V>);
    };
    if constexpr (Wide::value)
        if (end - begin >= lanes_of<WideFloats>)
            return all(WideFloats{});
    if (end - begin >= lanes_of<Floats>)
        return all(Floats{});
    run(Floats{}, begin, end - begin);
}

/// What gather() takes its pixels from: rows of images of float or bfloat16, and one of zeros for those beyond.
template <class E>
struct Pixels {
    const Tiles& tiles;
    const E* images;
    const E* zeros;
};

/// The points of one tile, of as many channels as V has lanes, from `c` on. `left` counts those that there are.
template <class T, class V, class E>
[[gnu::always_inline]] inline void gather_lanes(const E* const* lines, std::int64_t column, const Tiles& tiles,
                                                std::int64_t c, std::size_t left, std::size_t plane, float* to) {
    V values[products];
#pragma GCC unroll 6
    for (std::size_t s = 0; s < T::from; ++s, ++column) {
        if (column >= 0 && column < tiles.columns) {
            const std::int64_t at = column * tiles.channels + c;
#pragma GCC unroll 6
            for (std::size_t r = 0; r < T::from; ++r)
                values[r * points + s] = load_lanes<V>(lines[r] + at, left);
            T::run(Line<V>{values + s, values + s, points});
        } else {
#pragma GCC unroll 6
            for (std::size_t r = 0; r < points; ++r)
                values[r * points + s] = V{};
        }
    }
#pragma GCC unroll 6
    for (std::size_t r = 0; r < points; ++r) {
        T::run(Line<V>{values + r * points, values + r * points, 1});
        // Keeps the place in a register: else GCC keeps a pointer for each of the products.
        asm("" : "+r"(to));
#pragma GCC unroll 6
        for (std::size_t s = 0; s < points; ++s)
            __builtin_memcpy(to + s * plane, &values[r * points + s], sizeof(V));
        to += points * plane;
    }
}

/// Writes the points of `count` tiles from `first` on, of so many channels from where `pixels` begin: T is Input or
/// OutputGradient.
template <class T, class E>
void gather(const Pixels<E>& pixels, std::size_t first, std::size_t count, std::size_t channels, const Points& points_,
            float* to) {
    dispatch_wide([ =, p = &pixels, o = &points_ ](auto wide) __attribute__((always_inline)) {
        const Tiles& tiles = p->tiles;
        const Points points = *o;
        Walk walk{tiles, first};
        float* at = to;
        for (std::size_t t = 0; t < count; ++t, walk.next(), at += points.width) {
            const E* lines[T::from];
            for (std::size_t r = 0; r < T::from; ++r) {
                const std::int64_t row = walk.row() + static_cast<std::int64_t>(r);
                lines[r] = row < 0 || row >= tiles.rows ? p->zeros : p->images + walk.line(row);
            }
            const auto run = [&]<class V>(const V&, std::size_t c, std::size_t left) __attribute__((always_inline)) {
                gather_lanes<T, V, E>(lines, walk.column(), tiles, static_cast<std::int64_t>(c), left, points.plane,
                                      at + c);
            };
            over_lanes(wide, 0, channels, run);
        }
    });
}

}  // namespace plexus::kernels::winograd
