#include "kernels/elementwise.hpp"
#include "kernels/winograd.hpp"
#include "kernels/winograd_tiles.hpp"
#include "plexus/text.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <vector>

namespace plexus::kernels {
namespace {

using namespace winograd;

// Points of a block of tiles, before and after the products. The packed weights are read once for each block, so a
// block is as large as the caches bear.
constexpr std::size_t block_bytes = 1536 * 1024;
// Length of the sums between two visits of a panel: 320 x 16 floats are less than a first-level cache. Of two panels at
// once it is half as long.
constexpr std::size_t longest_sum = 320;

/// The results of one tile, of as many channels as V has lanes. `left` counts those of them that there are; `rows` and
/// `columns` those of its pixels that lie in the image, from `to` on.
template <class V, class E>
[[gnu::always_inline]] inline void scatter_lanes(const float* from, std::size_t plane, const V& start, const V& least,
                                                 std::size_t left, const Tiles& tiles, std::int64_t rows,
                                                 std::int64_t columns, E* to) {
    V values[products];
#pragma GCC unroll 6
    for (std::size_t r = 0; r < points; ++r) {
        asm("" : "+r"(from));  // as in gather_lanes()
#pragma GCC unroll 6
        for (std::size_t s = 0; s < points; ++s)
            __builtin_memcpy(&values[r * points + s], from + s * plane, sizeof(V));
        from += points * plane;
        Output::run(Line<V>{values + r * points, values + r * points, 1});
    }
#pragma GCC unroll 4
    for (std::size_t s = 0; s < outputs; ++s) {
        if (static_cast<std::int64_t>(s) >= columns)
            break;
        Output::run(Line<V>{values + s, values + s, points});
        E* at = to + static_cast<std::int64_t>(s) * tiles.channels;
#pragma GCC unroll 4
        for (std::size_t r = 0; r < outputs; ++r, at += tiles.pitch()) {
            if (static_cast<std::int64_t>(r) >= rows)
                break;
            V value = values[r * points + s] + start;
            value = value < least ? least : value;
            store_lanes(at, value, left);
        }
    }
}

class WinogradProduct final : public Product {
public:
    WinogradProduct(Pass pass, const Convolution& s, std::int64_t samples, const Formats& formats)
        : forward_{pass == Pass::forward},
          formats_{formats},
          kernel_{strip_kernel()},
          from_{tiles_of(s, forward_)},
          to_{results_of(s, forward_)},
          zeros_(static_cast<std::size_t>(from_.pitch()) * size_of(formats.from)),
          block_{block_of(static_cast<std::size_t>(samples) * to_.count())},
          before_{static_cast<std::size_t>(from_.channels), lanes, block_},
          after_{static_cast<std::size_t>(to_.channels), kernel_.columns, block_} {
        index_.resize(static_cast<std::size_t>(from_.channels));
        std::iota(index_.begin(), index_.end(), 0);
        for (std::size_t t = 0; t < block_; ++t) {
            source_.push_back(static_cast<std::int32_t>(t * before_.width));
            target_.push_back(static_cast<std::int32_t>(t * after_.width));
        }
    }

    [[nodiscard]] std::string name() const override { return std::string("own:winograd:") + kernel_.name; }

    [[nodiscard]] std::string format() const override {
        return text(forward_ ? "forward" : "backward", " points in panels of ", kernel_.columns);
    }

    [[nodiscard]] std::size_t packed_bytes() const noexcept override {
        return products * plane_floats() * sizeof(float);
    }

    [[nodiscard]] std::size_t scratch_bytes() const noexcept override {
        return (before_.floats() + after_.floats()) * sizeof(float);
    }

    void pack(std::size_t, const float* weights, std::byte* packed) const override {
        const auto depth = static_cast<std::size_t>(from_.channels);
        auto* to = reinterpret_cast<float*>(packed);
        for (std::size_t panel = 0; panel < panels(); ++panel)
            for (std::size_t d = 0; d < depth; ++d)
                for (std::size_t column = 0; column < kernel_.columns; column += lanes) {
                    std::array<float, taps * taps * lanes> tap;
                    read_taps(weights, d, panel * kernel_.columns + column, tap.data());
                    write_points(tap.data(), to + panel * panel_floats() + d * kernel_.columns + column);
                }
    }

    [[nodiscard]] std::int64_t split() const noexcept override { return static_cast<std::int64_t>(kernel_.columns); }

    void run(std::size_t, std::int64_t samples, const void* from, const std::byte* packed, const Finish& finish,
             void* to, std::byte* scratch) const override {
        auto* before = reinterpret_cast<float*>(scratch);
        float* after = before + before_.floats();
        const Cut blocks{static_cast<std::size_t>(samples) * to_.count(), block_};
        for (std::size_t b = 0; b < blocks.pieces; ++b) {
            with_type_of(formats_.from, [&]<class E>(E) {
                const Pixels<E> pixels{from_, static_cast<const E*>(from), reinterpret_cast<const E*>(zeros_.data())};
                gather<Input>(pixels, blocks.begin(b), blocks.size(b), index_.size(), before_, before);
            });
            multiply(blocks.size(b), before, reinterpret_cast<const float*>(packed), finish, after);
            with_type_of(formats_.to, [&]<class E>(E) {
                scatter(blocks.begin(b), blocks.size(b), after, finish, static_cast<E*>(to));
            });
        }
    }

private:
    /// Tiles of a block, of `all` that there are.
    [[nodiscard]] std::size_t block_of(std::size_t all) const noexcept {
        const std::size_t tile_bytes = (Points::of_tile(static_cast<std::size_t>(from_.channels), lanes) +
                                        Points::of_tile(static_cast<std::size_t>(to_.channels), kernel_.columns)) *
                                       sizeof(float);
        return Cut{all, std::clamp<std::size_t>(block_bytes / tile_bytes, 12, 768)}.largest();
    }

    /// What is read, and what is written, in tiles that correspond. Backward, the kernel is mirrored.
    static Tiles results_of(const Convolution& s, bool forward) {
        Tiles to;
        to.rows = forward ? s.rows.count() : s.rows.extent;
        to.columns = forward ? s.columns.count() : s.columns.extent;
        to.channels = forward ? s.filters : s.channels;
        to.down = (to.rows + 3) / static_cast<std::int64_t>(outputs);
        to.across = (to.columns + 3) / static_cast<std::int64_t>(outputs);
        return to;
    }
    static Tiles tiles_of(const Convolution& s, bool forward) {
        const Tiles to = results_of(s, forward);
        const auto reach = static_cast<std::int64_t>(taps) - 1;
        Tiles from;
        from.rows = forward ? s.rows.extent : s.rows.count();
        from.columns = forward ? s.columns.extent : s.columns.count();
        from.channels = forward ? s.channels : s.filters;
        from.top = forward ? s.rows.before : reach - s.rows.before;
        from.left = forward ? s.columns.before : reach - s.columns.before;
        from.down = to.down;
        from.across = to.across;
        return from;
    }

    [[nodiscard]] std::size_t panels() const noexcept { return after_.width / kernel_.columns; }
    [[nodiscard]] std::size_t panel_floats() const noexcept {
        return static_cast<std::size_t>(from_.channels) * kernel_.columns;
    }
    /// Of one point; beyond a power of two, so that the points of one weight do not all fall on one set of the cache.
    [[nodiscard]] std::size_t plane_floats() const noexcept { return panels() * panel_floats() + 80; }

    /// The nine elements of the kernel between channel `d` of what is read and eight channels of what is written.
    void read_taps(const float* weights, std::size_t d, std::size_t first, float* to) const noexcept {
        const auto depth = static_cast<std::size_t>(from_.channels);
        const auto width = static_cast<std::size_t>(to_.channels);
        const std::size_t some = first < width ? std::min(lanes, width - first) : 0;
        for (std::size_t tap = 0; tap < taps * taps; ++tap, to += lanes) {
            const float* plane = weights + (forward_ ? tap : taps * taps - 1 - tap) * depth * width;
            for (std::size_t i = 0; i < lanes; ++i)
                to[i] = i >= some ? 0.0F : forward_ ? plane[d * width + first + i] : plane[(first + i) * depth + d];
        }
    }

    void write_points(const float* tap, float* to) const {
        const std::size_t step = plane_floats();
        dispatch([=]() __attribute__((always_inline)) {
            Floats values[products];
#pragma GCC unroll 3
            for (std::size_t r = 0; r < taps; ++r)
#pragma GCC unroll 3
                for (std::size_t s = 0; s < taps; ++s)
                    values[r * points + s] = load(tap + (r * taps + s) * lanes);
            transform<Weights>(values);
#pragma GCC unroll 36
            for (std::size_t p = 0; p < products; ++p)
                store(to + p * step, values[p]);
        });
    }

    /// The channels that are wanted: [first, end).
    [[nodiscard]] std::size_t end_of(const Finish& finish) const noexcept {
        return static_cast<std::size_t>(finish.count < 0 ? to_.channels : finish.first + finish.count);
    }

    void multiply(std::size_t tiles, const float* before, const float* packed, const Finish& finish,
                  float* after) const {
        const std::size_t begin_panel = static_cast<std::size_t>(finish.first) / kernel_.columns;
        const std::size_t end_column = padded(end_of(finish), kernel_.grain);
        const std::size_t most_columns = kernel_.panels * kernel_.columns;
        const Cut sums{index_.size(), longest_sum / kernel_.panels};
        Strip strip;
        strip.source = source_.data();
        strip.target = target_.data();
        strip.index = index_.data();
        strip.rows = tiles;
        strip.stride = kernel_.columns;
        strip.next = panel_floats();
        for (std::size_t p = 0; p < products; ++p)
            for (std::size_t column = begin_panel * kernel_.columns; column < end_column; column += most_columns)
                for (std::size_t part = 0; part < sums.pieces; ++part) {
                    strip.from = before + p * before_.plane + sums.begin(part);
                    strip.count = sums.size(part);
                    strip.panel = packed + p * plane_floats() + column / kernel_.columns * panel_floats() +
                                  sums.begin(part) * kernel_.columns;
                    strip.to = after + p * after_.plane + column;
                    strip.columns = std::min(most_columns, end_column - column);
                    strip.accumulate = part > 0;
                    kernel_.run(strip);
                }
    }

    template <class E>
    void scatter(std::size_t first, std::size_t count, const float* after, const Finish& finish_, E* to) const {
        const auto begin = static_cast<std::size_t>(finish_.first);
        const std::size_t end = end_of(finish_);
        const Points points = after_;
        dispatch_wide([ =, tiles = &to_, finish = &finish_ ](auto wide) __attribute__((always_inline)) {
            Walk walk{*tiles, first};
            const float lowest = finish->relu ? 0.0F : -std::numeric_limits<float>::infinity();
            const float* from = after;
            for (std::size_t t = 0; t < count; ++t, walk.next(), from += points.width) {
                const std::int64_t rows = tiles->rows - walk.row();
                const std::int64_t columns = tiles->columns - walk.column();
                E* const corner = to + walk.line(walk.row()) + walk.column() * tiles->channels;
                const auto run = [&]<class V>(const V&, std::size_t c, std::size_t left)
                    __attribute__((always_inline)) {
                    const V start = finish->bias == nullptr ? V{} : load_lanes<V>(finish->bias + c, left);
                    scatter_lanes<V, E>(from + c, points.plane, start, V{} + lowest, left, *tiles, rows, columns,
                                        corner + c);
                };
                over_lanes(wide, begin, end, run);
            }
        });
    }

    bool forward_;
    Formats formats_;
    const StripKernel& kernel_;
    Tiles from_;
    Tiles to_;
    std::vector<std::byte> zeros_;  ///< a row beyond the image
    std::size_t block_;             ///< tiles at a time
    Points before_;
    Points after_;
    std::vector<std::int32_t> index_;   ///< per channel of what is read
    std::vector<std::int32_t> source_;  ///< per tile of a block
    std::vector<std::int32_t> target_;
};

}  // namespace

std::unique_ptr<Product> make_winograd(Pass pass, const Convolution& shape, std::int64_t samples,
                                       const Formats& formats) {
    return std::make_unique<WinogradProduct>(pass, shape, samples, formats);
}

}  // namespace plexus::kernels
