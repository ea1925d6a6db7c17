#include "kernels/winograd.hpp"

#include <algorithm>

#include "kernels/winograd_transform.hpp"

namespace plexus::kernels {
namespace {

// What bringing one channel of a tile to its points, or back, costs in multiplications of the products, measured.
constexpr double transform_cost = 220;
// The direct loops are simpler: where both should take about the same time, they do better.
constexpr double margin = 1.1;

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

/// `tiles` of one image against the products that the direct loops do for it.
bool wins(const Convolution& s, double tiles) noexcept {
    const auto channels = static_cast<double>(s.channels);
    const auto filters = static_cast<double>(s.filters);
    const double direct = pairs(s.rows) * pairs(s.columns) * channels * filters;
    const double points = static_cast<double>(winograd::products) * channels * filters;
    return margin * tiles * (points + transform_cost * (channels + filters)) < direct;
}

bool simple(const Window& w) noexcept {
    return w.size == static_cast<std::int64_t>(winograd::taps) && w.stride == 1 && w.dilation == 1;
}

}  // namespace

bool has_winograd(const Convolution& s) noexcept {
    return simple(s.rows) && simple(s.columns) && s.groups == 1;
}

bool winograd_wins(Pass pass, const Convolution& s) noexcept {
    const bool forward = pass == Pass::forward;
    return has_winograd(s) && wins(s, tiles(forward ? s.rows.count() : s.rows.extent) *
                                          tiles(forward ? s.columns.count() : s.columns.extent));
}

bool winograd_gradient_wins(const Convolution& s) noexcept {
    return has_winograd(s) && wins(s, tiles(s.rows.count()) * tiles(s.columns.count()));
}

}  // namespace plexus::kernels
