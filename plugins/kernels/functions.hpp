// Functions of eight numbers at a time, and sums of exponentials that do not overflow.
#pragma once
#include <emmintrin.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>

#include "kernels/dispatch.hpp"
#include "kernels/vector.hpp"

namespace plexus::kernels {

/// Correctly rounded square roots, NaN below 0.
[[gnu::always_inline]] inline Floats sqrt(const Floats& v) {
    return __builtin_shufflevector(_mm_sqrt_ps(__builtin_shufflevector(v, v, 0, 1, 2, 3)),
                                   _mm_sqrt_ps(__builtin_shufflevector(v, v, 4, 5, 6, 7)), 0, 1, 2, 3, 4, 5, 6, 7);
}

/// A number e^x = mantissa 2^exponent, of an x that is between -105 and 89 or NaN.
/// Method: x = n log 2 + r with |r| <= log(2) / 2, and a polynomial of degree 7 in r.
/// Source: the coefficients of Cephes (S. Moshier), expf.
struct Power {
    Floats mantissa;
    Integers exponent;

    [[gnu::always_inline]] explicit Power(const Floats& x) {
        // Adding 1.5 * 2^23 leaves no place for a fraction: rounds to the nearest whole number.
        const Floats n = (x * 1.44269504088896341F + 12582912.0F) - 12582912.0F;
        const Floats r = (x - n * 0.693359375F) - n * -2.12194440e-4F;
        Floats p = 1.9875691500e-4F * r + 1.3981999507e-3F;
        p = p * r + 8.3334519073e-3F;
        p = p * r + 4.1665795894e-2F;
        p = p * r + 1.6666665459e-1F;
        p = p * r + 5.0000001201e-1F;
        mantissa = (p * (r * r) + r) + 1.0F;
        // NaN stays out of the conversion to integers, where it has no defined result.
        exponent = __builtin_convertvector(x == x ? n : Floats{}, Integers);
    }
    /// 2^e, where that is no denormal.
    [[gnu::always_inline]] static Floats of_two(const Integers& e) { return std::bit_cast<Floats>((e + 127) << 23); }
};

/// e^x, within 1 ulp; 0 below -104, infinite above 88.73, NaN for NaN. Denormal results are exact where the mode is.
[[gnu::always_inline]] inline Floats exp(const Floats& x) {
    const Power power{x < -105.0F ? broadcast(-105.0F) : x > 89.0F ? broadcast(89.0F) : x};
    const Integers half = power.exponent >> 1;
    return (power.mantissa * Power::of_two(half)) * Power::of_two(power.exponent - half);
}

/// e^x of an x up to 0, within 1 ulp; 0 below -87, where it would soon be denormal. In fewer operations.
[[gnu::always_inline]] inline Floats falling_exp(const Floats& x) {
    const Power power{x < -87.0F ? broadcast(-87.0F) : x};
    const Floats value = power.mantissa * Power::of_two(power.exponent);
    return x < -87.0F ? Floats{} : value;
}

/// tanh x, within 2 ulp. Source: Cephes, tanhf: an odd polynomial below 0.625, 1 - 2 / (e^2|x| + 1) above,
/// written in e^-2|x|.
[[gnu::always_inline]] inline Floats tanh(const Floats& x) {
    const Floats magnitude = x < 0.0F ? -x : x;
    const Floats s = x * x;
    Floats p = -5.70498872745e-3F * s + 2.06390887954e-2F;
    p = p * s - 5.37397155531e-2F;
    p = p * s + 1.33314422036e-1F;
    p = p * s - 3.33332819422e-1F;
    const Floats small = p * s * x + x;
    const Floats square = falling_exp(-2.0F * magnitude);
    const Floats far = 1.0F - 2.0F * square / (1.0F + square);
    return magnitude < 0.625F ? small : x < 0.0F ? -far : far;
}

/// 1 / (1 + e^-x), within 3 ulp where it is not denormal.
[[gnu::always_inline]] inline Floats sigmoid(const Floats& x) {
    const Floats e = falling_exp(x < 0.0F ? x : -x);
    return (x < 0.0F ? e : broadcast(1.0F)) / (1.0F + e);
}

/// log(1 + x) of an x from 0 to 1, within 2 ulp; NaN for NaN. Source: Cephes, logf, whose polynomial is for 1 + x up to
/// the root of 2; beyond it log 2 + log((1 + x) / 2).
[[gnu::always_inline]] inline Floats log1p(const Floats& x) {
    const Integers far = x > 0.41421356F;
    const Floats r = far ? 0.5F * (x - 1.0F) : x;
    const Floats s = r * r;
    Floats p = 7.0376836292e-2F * r - 1.1514610310e-1F;
    p = p * r + 1.1676998740e-1F;
    p = p * r - 1.2420140846e-1F;
    p = p * r + 1.4249322787e-1F;
    p = p * r - 1.6668057665e-1F;
    p = p * r + 2.0000714765e-1F;
    p = p * r - 2.4999993993e-1F;
    p = p * r + 3.3333331174e-1F;
    const Floats curve = p * (r * s) - 0.5F * s;
    return far ? (r + (curve - 2.12194440e-4F)) + 0.693359375F : r + curve;
}

/// The largest of n values; NaN if there is one. Inline: for use inside dispatch().
[[gnu::always_inline]] inline float largest_of(const float* x, std::size_t n) {
    constexpr float lowest = -std::numeric_limits<float>::infinity();
    Floats most = broadcast(lowest);
    const auto take = [&](const Floats& v) __attribute__((always_inline)) {
        most = most >= v ? most : most != most ? most : v;
    };
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes)
        take(load(x + i));
    if (i < n)
        take(load_some(x + i, n - i, lowest));
    float result = most[0];
    for (std::size_t lane = 1; lane < lanes; ++lane)
        if (!(result >= most[lane]) && result == result)
            result = most[lane];
    return result;
}

/// y[i] = e^(x[i] - shift); returns their sum. x and y may be the same. Inline: for use inside dispatch().
[[gnu::always_inline]] inline float exponentials_of(const float* x, float shift, float* y, std::size_t n) {
    Floats total{};
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes) {
        const Floats e = exp(load(x + i) - shift);
        store(y + i, e);
        total += e;
    }
    if (i < n) {
        const Floats e = exp(load_some(x + i, n - i, -std::numeric_limits<float>::infinity()) - shift);
        store_some(y + i, e, n - i);
        // A lane beyond the end is e^-infinity = 0, but NaN where the shift is infinite; the sum is NaN then anyway.
        total += e;
    }
    return sum_of<float>(total);
}

/// The sum of e^(x[i] - shift), the same as that of exponentials_of(). Inline: for use inside dispatch().
[[gnu::always_inline]] inline float sum_of_exponentials(const float* x, float shift, std::size_t n) {
    Floats total{};
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes)
        total += exp(load(x + i) - shift);
    if (i < n)
        total += exp(load_some(x + i, n - i, -std::numeric_limits<float>::infinity()) - shift);
    return sum_of<float>(total);
}

/// The logarithm of a sum of exponentials is `largest` + `rest`. Apart, because the two may differ by many digits.
struct LogSum {
    float largest;
    double rest;

    /// -log softmax of `value`, which is one of those that were summed: nothing overflows.
    [[nodiscard]] double surprise(float value) const noexcept { return rest - (static_cast<double>(value) - largest); }
};

/// Of n values, one or more.
[[nodiscard]] inline LogSum log_sum_of_exponentials(const float* x, std::size_t n) {
    struct Sums {
        float largest;
        float exponentials;
    } sums{};
    Sums* const result = &sums;
    dispatch([=]() __attribute__((always_inline)) {
        result->largest = largest_of(x, n);
        result->exponentials = sum_of_exponentials(x, result->largest, n);
    });
    return {sums.largest, std::log(static_cast<double>(sums.exponentials))};
}

}  // namespace plexus::kernels
