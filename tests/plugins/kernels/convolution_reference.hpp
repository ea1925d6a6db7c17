// Convolution as its formula has it: plain loops in double, to compare kernels with.
#pragma once
#include <cstdint>
#include <vector>

#include "plugins/kernels/convolution.hpp"

namespace plexus::test {

/// Calls `at(place in x, place in the kernel, place in y)` for every product in the formula.
template <class At>
void each_product(const kernels::Convolution& s, std::int64_t samples, const At& at) {
    const std::int64_t depth = s.channels / s.groups, width = s.filters / s.groups;
    const std::int64_t rows = s.rows.count(), columns = s.columns.count();
    for (std::int64_t n = 0; n < samples; ++n)
        for (std::int64_t p = 0; p < rows; ++p)
            for (std::int64_t q = 0; q < columns; ++q)
                for (std::int64_t r = 0; r < s.rows.size; ++r)
                    for (std::int64_t t = 0; t < s.columns.size; ++t) {
                        const std::int64_t h = p * s.rows.stride + r * s.rows.dilation - s.rows.before;
                        const std::int64_t w = q * s.columns.stride + t * s.columns.dilation - s.columns.before;
                        if (h < 0 || h >= s.rows.extent || w < 0 || w >= s.columns.extent)
                            continue;
                        for (std::int64_t c = 0; c < depth; ++c)
                            for (std::int64_t k = 0; k < s.filters; ++k)
                                at(((n * s.rows.extent + h) * s.columns.extent + w) * s.channels + k / width * depth +
                                       c,
                                   ((r * s.columns.size + t) * depth + c) * s.filters + k,
                                   ((n * rows + p) * columns + q) * s.filters + k);
                    }
}

template <class X, class W>
std::vector<double> reference_forward(const kernels::Convolution& s, std::int64_t samples, const X& x, const W& w,
                                      const std::vector<double>& bias) {
    std::vector<double> y(static_cast<std::size_t>(samples * s.outputs()));
    for (std::size_t i = 0; i < y.size(); ++i)
        y[i] = bias.empty() ? 0 : bias[i % static_cast<std::size_t>(s.filters)];
    each_product(s, samples, [&](auto i, auto j, auto k) { y[k] += double{x[i]} * double{w[j]}; });
    return y;
}

template <class DY, class W>
std::vector<double> reference_backward_data(const kernels::Convolution& s, std::int64_t samples, const DY& dy,
                                            const W& w) {
    std::vector<double> dx(static_cast<std::size_t>(samples * s.inputs()));
    each_product(s, samples, [&](auto i, auto j, auto k) { dx[i] += double{dy[k]} * double{w[j]}; });
    return dx;
}

template <class X, class DY>
std::vector<double> reference_backward_weights(const kernels::Convolution& s, std::int64_t samples, const X& x,
                                               const DY& dy) {
    std::vector<double> dw(static_cast<std::size_t>(s.taps() * (s.channels / s.groups) * s.filters));
    each_product(s, samples, [&](auto i, auto j, auto k) { dw[j] += double{x[i]} * double{dy[k]}; });
    return dw;
}

/// The sum over rows of dy as a matrix [rows, filters].
template <class DY>
std::vector<double> reference_backward_bias(std::int64_t filters, const DY& dy) {
    std::vector<double> db(static_cast<std::size_t>(filters));
    for (std::size_t i = 0; i < dy.size(); ++i)
        db[i % db.size()] += double{dy[i]};
    return db;
}

}  // namespace plexus::test
