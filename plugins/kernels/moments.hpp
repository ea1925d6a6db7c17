// Mean and spread of each channel of many rows, and how those of two sets of rows become those of both.
#pragma once
#include <cstddef>
#include <span>

#include "kernels/channels.hpp"
#include "kernels/dispatch.hpp"

namespace plexus::kernels {

/// Doubles that moments() fills: {rows, means of C channels, sums of squared deviations from them}.
[[nodiscard]] constexpr std::size_t moments_size(std::size_t channels) noexcept {
    return 1 + 2 * channels;
}

/// The moments of x [rows, channels], in double. T: float or std::uint8_t. One pass: deviations are counted from the
/// first row, so that nothing large cancels; with a first row far outside there are 16 digits to lose.
template <class T>
void moments(const T* x, std::size_t rows, std::size_t channels, std::span<double> out) {
    double* const means = out.data() + 1;
    double* const squares = means + channels;
    for (double& value : out)
        value = 0;
    out[0] = static_cast<double>(rows);
    if (rows == 0)
        return;
    const Repeated<T> first{x, channels};
    const RepeatedSums deviations{out.subspan(1, channels), channels};
    const RepeatedSums squared{out.subspan(1 + channels), channels};
    const T* const origin = first.data();
    double* const sum = deviations.data();
    double* const square = squared.data();
    const std::size_t size = rows * channels;
    const std::size_t width = width_of(channels);
    dispatch_wide([=](auto wide) __attribute__((always_inline)) {
        sum_over_rows(
            wide,
            [](Doubles & deviation, Doubles & product, const Floats& base, const Floats& v)
                __attribute__((always_inline)) {
                    deviation = to_doubles(v) - to_doubles(base);
                    product = deviation * deviation;
                },
            size, width, sum, square, std::array{origin}, x);
    });
    deviations.fold();
    squared.fold();
    const auto count = static_cast<double>(rows);
    for (std::size_t c = 0; c < channels; ++c) {
        const double spread = squares[c] - means[c] * (means[c] / count);
        // Not max(): a NaN must stay.
        squares[c] = spread < 0 ? 0 : spread;
        means[c] = static_cast<double>(x[c]) + means[c] / count;
    }
}

/// The moments of both sets of rows, into `into`. Source: Chan, Golub and LeVeque 1983, doi:10.2307/2683386.
inline void merge_moments(std::span<double> into, std::span<const double> from) {
    const std::size_t channels = into.size() / 2;
    const double rows = into[0] + from[0];
    if (rows == 0)
        return;
    const double share = from[0] / rows;
    for (std::size_t c = 1; c <= channels; ++c) {
        const double difference = from[c] - into[c];
        into[channels + c] += from[channels + c] + difference * difference * (into[0] * share);
        into[c] += difference * share;
    }
    into[0] = rows;
}

}  // namespace plexus::kernels
