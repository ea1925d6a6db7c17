// Pooling as its formula has it: plain loops in double.
#pragma once
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "plexus/shape.hpp"

namespace plexus::test {

struct PoolCase {
    const char* attributes;
    Shape input;                       ///< [N, H, W, C]
    std::int64_t size[2], strides[2];  ///< of rows, of columns
    std::int64_t before[2];            ///< padding at the top, at the left
    Shape output;
};

inline const std::vector<PoolCase>& pool_cases() {
    static const std::vector<PoolCase> all = {
        {"{pool_size: 2}", {3, 6, 4, 8}, {2, 2}, {2, 2}, {0, 0}, {3, 3, 2, 8}},
        {"", {2, 7, 5, 11}, {2, 2}, {2, 2}, {0, 0}, {2, 3, 2, 11}},
        {"{pool_size: 3, strides: 2}", {2, 7, 7, 3}, {3, 3}, {2, 2}, {0, 0}, {2, 3, 3, 3}},
        {"{pool_size: 3, padding: 1}", {2, 7, 7, 16}, {3, 3}, {3, 3}, {1, 1}, {2, 3, 3, 16}},
        {"{pool_size: 3, strides: 1, padding: same}", {2, 4, 5, 9}, {3, 3}, {1, 1}, {1, 1}, {2, 4, 5, 9}},
        {"{pool_size: [1, 2], strides: [3, 1]}", {2, 7, 4, 2}, {1, 2}, {3, 1}, {0, 0}, {2, 3, 3, 2}},
        {"{pool_size: 2, padding: [[1, 0], [0, 1]]}", {2, 5, 5, 4}, {2, 2}, {2, 2}, {1, 0}, {2, 3, 3, 4}},
        {"{pool_size: 17}", {2, 17, 17, 3}, {17, 17}, {17, 17}, {0, 0}, {2, 1, 1, 3}},
    };
    return all;
}

/// Calls `at(place in x, place in y, values in the window)` for each value of each window, in row-major order.
template <class At>
void each_pooled(const PoolCase& p, const At& at) {
    const std::int64_t channels = p.input[3];
    const auto inside = [&](std::int64_t i, std::int64_t origin, std::size_t axis) {
        return origin + i >= 0 && origin + i < p.input[axis + 1];
    };
    for (std::int64_t n = 0; n < p.input[0]; ++n)
        for (std::int64_t i = 0; i < p.output[1]; ++i)
            for (std::int64_t j = 0; j < p.output[2]; ++j) {
                const std::int64_t top = i * p.strides[0] - p.before[0], left = j * p.strides[1] - p.before[1];
                std::int64_t values = 0;
                for (std::int64_t r = 0; r < p.size[0]; ++r)
                    for (std::int64_t s = 0; s < p.size[1]; ++s)
                        values += inside(r, top, 0) && inside(s, left, 1);
                for (std::int64_t r = 0; r < p.size[0]; ++r)
                    for (std::int64_t s = 0; s < p.size[1]; ++s)
                        for (std::int64_t c = 0; inside(r, top, 0) && inside(s, left, 1) && c < channels; ++c)
                            at(((n * p.input[1] + top + r) * p.input[2] + left + s) * channels + c,
                               ((n * p.output[1] + i) * p.output[2] + j) * channels + c, values);
            }
}

struct Pooled {
    std::vector<double> y, dx;
};

inline Pooled reference_average(const PoolCase& p, std::span<const float> x, std::span<const float> dy) {
    Pooled result{std::vector<double>(dy.size()), std::vector<double>(x.size())};
    each_pooled(p, [&](auto from, auto to, auto values) {
        result.y[to] += double{x[from]} / static_cast<double>(values);
        result.dx[from] += double{dy[to]} / static_cast<double>(values);
    });
    return result;
}

inline Pooled reference_max(const PoolCase& p, std::span<const float> x, std::span<const float> dy) {
    Pooled result{std::vector<double>(dy.size(), -INFINITY), std::vector<double>(x.size())};
    std::vector<std::int64_t> largest(dy.size(), -1);
    each_pooled(p, [&](auto from, auto to, auto) {
        if (largest[to] < 0 || x[from] > result.y[to] || (std::isnan(x[from]) && !std::isnan(result.y[to]))) {
            result.y[to] = x[from];
            largest[to] = from;
        }
    });
    for (std::size_t i = 0; i < dy.size(); ++i)
        result.dx[static_cast<std::size_t>(largest[i])] += double{dy[i]};
    return result;
}

}  // namespace plexus::test
