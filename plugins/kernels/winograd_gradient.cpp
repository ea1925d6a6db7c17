#include <algorithm>
#include <vector>

#include "kernels/elementwise.hpp"
#include "kernels/winograd.hpp"
#include "kernels/winograd_tiles.hpp"

namespace plexus::kernels {
namespace {

using namespace winograd;

// Points of a block of tiles, at least. The sums are read and written once for each block, so a block is no smaller
// than they are.
constexpr std::size_t block_bytes = 2048 * 1024;

/// The nine gradients between a channel and as many filters as V has lanes, `left` of which there are: from points that
/// lie `step` apart into elements that lie `plane` apart.
template <class V>
[[gnu::always_inline]] inline void finish_lanes(const float* sums, std::size_t step, std::size_t left,
                                                std::size_t plane, float* dw) {
    V values[products];
#pragma GCC unroll 6
    for (std::size_t r = 0; r < points; ++r) {
        asm("" : "+r"(sums));  // as in gather_lanes()
#pragma GCC unroll 6
        for (std::size_t s = 0; s < points; ++s)
            __builtin_memcpy(&values[r * points + s], sums + s * step, sizeof(V));
        sums += points * step;
    }
    transform<WeightsGradient>(values);
#pragma GCC unroll 3
    for (std::size_t r = 0; r < taps; ++r)
#pragma GCC unroll 3
        for (std::size_t s = 0; s < taps; ++s)
            store_lanes(dw + (r * taps + s) * plane, values[r * points + s], left);
}

class WinogradGradient final : public WeightGradient {
public:
    WinogradGradient(const Convolution& s, std::int64_t samples, std::int64_t channels, const Formats& formats)
        : formats_{formats},
          kernel_{strip_kernel()},
          slopes_{s.rows.count(), s.columns.count(), s.filters, 0, 0, tiles_along(s.rows), tiles_along(s.columns)},
          images_{s.rows.extent,    s.columns.extent, s.channels,    s.rows.before,
                  s.columns.before, slopes_.down,     slopes_.across},
          zeros_(static_cast<std::size_t>(std::max(images_.pitch(), slopes_.pitch())) * sizeof(float)),
          source_(static_cast<std::size_t>(channels)),
          block_{block_of(samples)},
          x_{source_.size(), lanes, block_},
          dy_{static_cast<std::size_t>(s.filters), kernel_.columns, block_} {
        for (std::size_t c = 0; c < source_.size(); ++c) {
            source_[c] = static_cast<std::int32_t>(c);
            target_.push_back(static_cast<std::int32_t>(c * dy_.width));
        }
        for (std::size_t t = 0; t < block_; ++t)
            index_.push_back(static_cast<std::int32_t>(t * x_.width));
    }

    [[nodiscard]] std::string name() const override { return std::string("own:winograd:") + kernel_.name; }

    [[nodiscard]] std::size_t scratch_bytes() const noexcept override {
        return (products * sum_floats() + x_.floats() + dy_.floats()) * sizeof(float);
    }

    void run(std::size_t, std::int64_t samples, const void* x, const void* dy, std::int64_t first, std::int64_t count,
             float* dw, std::byte* scratch) const override {
        auto* sums = reinterpret_cast<float*>(scratch);
        float* x_points = sums + products * sum_floats();
        float* dy_points = x_points + x_.floats();
        const auto channels = static_cast<std::size_t>(count);
        const auto filters = static_cast<std::size_t>(slopes_.channels);
        const Cut blocks{static_cast<std::size_t>(samples) * slopes_.count(), block_};
        for (std::size_t b = 0; b < blocks.pieces; ++b) {
            with_type_of(formats_.from, [&]<class E>(E) {
                const Pixels<E> pixels{images_, static_cast<const E*>(x) + first, zeros<E>()};
                gather<Input>(pixels, blocks.begin(b), blocks.size(b), channels, x_, x_points);
            });
            with_type_of(formats_.to, [&]<class E>(E) {
                const Pixels<E> pixels{slopes_, static_cast<const E*>(dy), zeros<E>()};
                gather<OutputGradient>(pixels, blocks.begin(b), blocks.size(b), filters, dy_, dy_points);
            });
            add(blocks.size(b), channels, x_points, dy_points, b > 0, sums);
        }
        finish(sums, channels, dw);
    }

private:
    static std::int64_t tiles_along(const Window& w) noexcept {
        return (w.count() + 3) / static_cast<std::int64_t>(outputs);
    }

    template <class E>
    [[nodiscard]] const E* zeros() const noexcept {
        return reinterpret_cast<const E*>(zeros_.data());
    }

    /// Floats of one point's sums, [C, K] with whole panels.
    [[nodiscard]] std::size_t sum_floats() const noexcept { return source_.size() * width(); }
    /// Filters, in whole panels.
    [[nodiscard]] std::size_t width() const noexcept {
        return padded(static_cast<std::size_t>(slopes_.channels), kernel_.columns);
    }

    /// Tiles of a block.
    [[nodiscard]] std::size_t block_of(std::int64_t samples) const noexcept {
        const std::size_t tile_bytes =
            (Points::of_tile(source_.size(), lanes) + Points::of_tile(width(), kernel_.columns)) * sizeof(float);
        const std::size_t wanted = std::max(block_bytes, products * sum_floats() * sizeof(float)) / tile_bytes;
        const std::size_t all = static_cast<std::size_t>(samples) * slopes_.count();
        return Cut{all, std::clamp<std::size_t>(wanted, 24, 256)}.largest();
    }

    void add(std::size_t tiles, std::size_t channels, const float* x, const float* dy, bool accumulate,
             float* sums) const {
        Strip strip;
        strip.source = source_.data();
        strip.target = target_.data();
        strip.rows = channels;
        strip.index = index_.data();
        strip.count = tiles;
        strip.stride = dy_.width;
        strip.next = kernel_.columns;
        strip.accumulate = accumulate;
        const std::size_t most_columns = kernel_.panels * kernel_.columns;
        const std::size_t end_column = padded(static_cast<std::size_t>(slopes_.channels), kernel_.grain);
        for (std::size_t p = 0; p < products; ++p)
            for (std::size_t column = 0; column < end_column; column += most_columns) {
                strip.from = x + p * x_.plane;
                strip.panel = dy + p * dy_.plane + column;
                strip.columns = std::min(most_columns, end_column - column);
                strip.to = sums + p * sum_floats() + column;
                kernel_.run(strip);
            }
    }

    void finish(const float* sums, std::size_t channels, float* dw) const {
        const auto filters = static_cast<std::size_t>(slopes_.channels);
        const std::size_t width = dy_.width;
        const std::size_t step = sum_floats();
        dispatch_wide([=](auto wide) __attribute__((always_inline)) {
            for (std::size_t c = 0; c < channels; ++c) {
                const auto run = [&]<class V>(const V&, std::size_t k, std::size_t left)
                    __attribute__((always_inline)) {
                    finish_lanes<V>(sums + c * width + k, step, left, channels * filters, dw + c * filters + k);
                };
                over_lanes(wide, 0, filters, run);
            }
        });
    }

    Formats formats_;
    const StripKernel& kernel_;
    Tiles slopes_;
    Tiles images_;
    std::vector<std::byte> zeros_;      ///< a row beyond the image
    std::vector<std::int32_t> source_;  ///< per channel of x that is handled in one run
    std::size_t block_;                 ///< tiles at a time
    Points x_;
    Points dy_;
    std::vector<std::int32_t> index_;  ///< per tile of a block
    std::vector<std::int32_t> target_;
};

}  // namespace

std::unique_ptr<WeightGradient> make_winograd_gradient(const Convolution& shape, std::int64_t samples,
                                                       std::int64_t channels, const Formats& formats) {
    return std::make_unique<WinogradGradient>(shape, samples, channels, formats);
}

}  // namespace plexus::kernels
