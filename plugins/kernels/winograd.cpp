#include "kernels/winograd.hpp"

#include <algorithm>

#include "kernels/dispatch.hpp"
#include "kernels/winograd_transform.hpp"

namespace plexus::kernels {
namespace {

// All costs are in multiplications of the products, and measured.
constexpr double transform_cost = 220;  // of bringing a channel of a tile to its points, or back
constexpr double shortest_sum = 6;      // of a product, for starting and storing it
constexpr double sums_cost = 150;       // of a pair of channels, for writing its points' sums and finishing them
// Packed points of more bytes do not stay in a cache that others use too. Read from memory, four times the bytes of the
// kernel, they make a lone sample twice as slow as the direct loops, and a batch of 128 at most a tenth faster. Which
// it is must not depend on the batch, or a sample's bits would.
constexpr double cached_bytes = 12e6;
// The direct loops are simpler: where both should take about the same time, they do better. Vectors of sixteen make
// them twice as fast, but not what tiles write and read between the transforms and the products.
constexpr double margin = 1.1;
constexpr double wide_margin = 1.25;
constexpr double gradient_margin = 1.05;

/// Pairs of a result and an element of the kernel that lie in the image, along one dimension.
double pairs(const Window& w) noexcept {
    std::int64_t all = 0;
    for (std::int64_t p = 0; p < w.count(); ++p)
        for (std::int64_t e = 0; e < w.size; ++e) {
            const std::int64_t at = p * w.stride + e * w.dilation - w.before;
            all += at >= 0 && at < w.extent;
        }
    return static_cast<double>(all);
}

double tiles(std::int64_t results) noexcept {
    return static_cast<double>((results + 3) / static_cast<std::int64_t>(winograd::outputs));
}

/// Multiplications of the direct loops, for one image.
double direct_cost(const Convolution& s) noexcept {
    return pairs(s.rows) * pairs(s.columns) * static_cast<double>(s.channels * s.filters);
}

/// Of an image cut into `tiles`. Few channels fill no vector and make short sums.
double tiles_cost(double tiles, std::int64_t depth, std::int64_t width) noexcept {
    const auto whole = [](std::int64_t channels) { return static_cast<double>((channels + 7) / 8 * 8); };
    const double points = static_cast<double>(winograd::products) * (static_cast<double>(depth) + shortest_sum);
    return tiles * (points * whole(width) + transform_cost * (whole(depth) + whole(width)));
}

bool simple(const Window& w) noexcept {
    return w.size == static_cast<std::int64_t>(winograd::taps) && w.stride == 1 && w.dilation == 1;
}

}  // namespace

bool has_winograd(const Convolution& s) noexcept {
    return simple(s.rows) && simple(s.columns) && s.groups == 1;
}

bool winograd_wins(Pass pass, const Convolution& s, double speed) noexcept {
    if (!has_winograd(s))
        return false;
    const bool forward = pass == Pass::forward;
    const double across = tiles(forward ? s.columns.count() : s.columns.extent);
    const double down = tiles(forward ? s.rows.count() : s.rows.extent);
    const double cost = tiles_cost(across * down, forward ? s.channels : s.filters, forward ? s.filters : s.channels);
    const double packed = static_cast<double>(s.channels * s.filters * winograd::products * sizeof(float));
    if (packed > cached_bytes)
        return false;
    return speed * (has_avx512() ? wide_margin : margin) * cost < direct_cost(s);
}

bool winograd_gradient_wins(const Convolution& s, std::int64_t samples, double speed) noexcept {
    if (!has_winograd(s))
        return false;
    const double cost = tiles_cost(tiles(s.rows.count()) * tiles(s.columns.count()), s.channels, s.filters) +
                        static_cast<double>(s.channels * s.filters) * sums_cost / static_cast<double>(samples);
    return speed * gradient_margin * cost < direct_cost(s);
}

}  // namespace plexus::kernels
