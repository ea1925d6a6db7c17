// One dimension of the transforms of F(4 x 4, 3 x 3), the minimal filtering algorithm of Winograd as Lavin and Gray
// brought it to networks (2015, arXiv 1509.09308): four outputs of a filter of three from six products instead of
// twelve.
#pragma once
#include <cstddef>

#include "kernels/vector.hpp"

namespace plexus::kernels::winograd {

inline constexpr std::size_t outputs = 4;  ///< of a tile, along one dimension
inline constexpr std::size_t taps = 3;
inline constexpr std::size_t points = 6;
inline constexpr std::size_t products = points * points;

// The polynomials are compared at 0, +-5/8, +-3/2 and infinity. Near 1, exact in binary, and with a smaller error than
// the customary 0, +-1, +-2.
inline constexpr float a = 0.625F;
inline constexpr float b = 1.5F;
inline constexpr float a2 = a * a;
inline constexpr float b2 = b * b;
inline constexpr float at_zero = 1.0F / (a2 * b2);
inline constexpr float at_a = 1.0F / (2 * a2 * (a2 - b2));
inline constexpr float at_b = 1.0F / (2 * b2 * (b2 - a2));

/// Values of a dimension lie `step` vectors apart, before and after.
template <class V>
struct Line {
    const V* from;
    V* to;
    std::size_t step;
    [[gnu::always_inline]] const V& operator[](std::size_t i) const { return from[i * step]; }
    [[gnu::always_inline]] void set(std::size_t i, const V& v) const { to[i * step] = v; }
};

/// Six inputs -> points.
struct Input {
    static constexpr std::size_t from = points, to = points;
    template <class V>
    [[gnu::always_inline]] static void run(const Line<V>& d) {
        const V even_a = d[4] - b2 * d[2], odd_a = a * (d[3] - b2 * d[1]);
        const V even_b = d[4] - a2 * d[2], odd_b = b * (d[3] - a2 * d[1]);
        const V first = (d[4] - (a2 + b2) * d[2]) + (a2 * b2) * d[0];
        const V last = (d[5] - (a2 + b2) * d[3]) + (a2 * b2) * d[1];
        d.set(0, first);
        d.set(1, even_a + odd_a);
        d.set(2, even_a - odd_a);
        d.set(3, even_b + odd_b);
        d.set(4, even_b - odd_b);
        d.set(5, last);
    }
};

/// Three weights -> points.
struct Weights {
    static constexpr std::size_t from = taps, to = points;
    template <class V>
    [[gnu::always_inline]] static void run(const Line<V>& g) {
        const V even_a = at_a * (g[0] + a2 * g[2]), odd_a = (at_a * a) * g[1];
        const V even_b = at_b * (g[0] + b2 * g[2]), odd_b = (at_b * b) * g[1];
        const V first = at_zero * g[0], last = g[2];
        g.set(0, first);
        g.set(1, even_a + odd_a);
        g.set(2, even_a - odd_a);
        g.set(3, even_b + odd_b);
        g.set(4, even_b - odd_b);
        g.set(5, last);
    }
};

/// Points -> four outputs.
struct Output {
    static constexpr std::size_t from = points, to = outputs;
    template <class V>
    [[gnu::always_inline]] static void run(const Line<V>& m) {
        const V even_a = m[1] + m[2], odd_a = m[1] - m[2];
        const V even_b = m[3] + m[4], odd_b = m[3] - m[4];
        const V first = m[0] + even_a + even_b;
        const V last = (m[5] + (a2 * a) * odd_a) + (b2 * b) * odd_b;
        m.set(0, first);
        m.set(1, a * odd_a + b * odd_b);
        m.set(2, a2 * even_a + b2 * even_b);
        m.set(3, last);
    }
};

/// The gradients of four outputs -> points: Output, transposed.
struct OutputGradient {
    static constexpr std::size_t from = outputs, to = points;
    template <class V>
    [[gnu::always_inline]] static void run(const Line<V>& y) {
        const V even_a = y[0] + a2 * y[2], odd_a = a * (y[1] + a2 * y[3]);
        const V even_b = y[0] + b2 * y[2], odd_b = b * (y[1] + b2 * y[3]);
        const V first = y[0], last = y[3];
        y.set(0, first);
        y.set(1, even_a + odd_a);
        y.set(2, even_a - odd_a);
        y.set(3, even_b + odd_b);
        y.set(4, even_b - odd_b);
        y.set(5, last);
    }
};

/// Points -> the gradients of three weights: Weights, transposed.
struct WeightsGradient {
    static constexpr std::size_t from = points, to = taps;
    template <class V>
    [[gnu::always_inline]] static void run(const Line<V>& u) {
        const V even_a = at_a * (u[1] + u[2]), odd_a = (at_a * a) * (u[1] - u[2]);
        const V even_b = at_b * (u[3] + u[4]), odd_b = (at_b * b) * (u[3] - u[4]);
        const V first = at_zero * u[0] + even_a + even_b;
        const V last = (u[5] + a2 * even_a) + b2 * even_b;
        u.set(0, first);
        u.set(1, odd_a + odd_b);
        u.set(2, last);
    }
};

/// Both dimensions, in place: `values` is a square of vectors with sides of `points`, of which the first T::from rows
/// and columns count before, the first T::to after.
template <class T, class V>
[[gnu::always_inline]] inline void transform(V* values) {
#pragma GCC unroll 6
    for (std::size_t column = 0; column < T::from; ++column)
        T::run(Line<V>{values + column, values + column, points});
#pragma GCC unroll 6
    for (std::size_t row = 0; row < T::to; ++row)
        T::run(Line<V>{values + row * points, values + row * points, 1});
}

}  // namespace plexus::kernels::winograd
