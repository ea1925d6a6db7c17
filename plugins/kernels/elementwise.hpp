// Loops over equal places of several arrays, eight places at a time, with the same bits wherever a slice begins or
// ends.
#pragma once
#include <emmintrin.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "dispatch.hpp"
#include "plexus/tensor.hpp"

// How a vector is handed to a function depends on -mavx. No vector ever is: all that takes one is inlined into the two
// variants of dispatch(), here and in the files that include this one, so the warning stays off in them too.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace plexus::kernels {

inline constexpr std::size_t lanes = 8;

namespace detail {

template <class T>
struct VectorOf {
    typedef T type __attribute__((vector_size(lanes * sizeof(T))));
};

/// Of bfloat16 only memory is made: in registers they are floats.
template <>
struct VectorOf<bfloat16> : VectorOf<float> {};

}  // namespace detail

/// Eight values of T, with the operators of T and `condition ? a : b`, lane by lane. A compiler extension of GCC and
/// Clang; without wide registers it becomes several narrow ones.
template <class T>
using Vector = typename detail::VectorOf<T>::type;

using Floats = Vector<float>;
/// Half as many, for what is left over by eights.
typedef float HalfFloats __attribute__((vector_size(lanes / 2 * sizeof(float))));
using Integers = Vector<std::int32_t>;
using Doubles = Vector<double>;
/// What the widest registers hold: GCC keeps wider sums of a loop in memory.
typedef double HalfDoubles __attribute__((vector_size(lanes / 2 * sizeof(double))));

/// A vector with `value` in each lane.
template <class T>
[[gnu::always_inline]] inline Vector<T> broadcast(T value) {
    return Vector<T>{} + value;
}

template <class T>
[[gnu::always_inline]] inline Vector<T> load(const T* from) {
    Vector<T> v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

template <class T>
[[gnu::always_inline]] inline void store(T* to, const Vector<T>& v) {
    __builtin_memcpy(to, &v, sizeof v);
}

[[gnu::always_inline]] inline Floats load(const bfloat16* from) {
    // Each above a zero. A conversion to 32 bits would take GCC 12 twice as many instructions.
    typedef std::uint64_t Quarters __attribute__((vector_size(2 * sizeof(std::uint64_t))));
    typedef std::uint16_t Halves __attribute__((vector_size(2 * lanes * sizeof(std::uint16_t))));
    Quarters halves;
    __builtin_memcpy(&halves, from, sizeof halves);
    const auto twice = std::bit_cast<Halves>(__builtin_shufflevector(halves, halves, 0, 0, 1, 1));
    return std::bit_cast<Floats>(
        __builtin_shufflevector(Halves{}, twice, 0, 16, 1, 17, 2, 18, 3, 19, 8, 24, 9, 25, 10, 26, 11, 27));
}

/// Each lane rounded as bfloat16 rounds, in the upper half of 32 bits.
[[gnu::always_inline]] inline Vector<std::uint32_t> rounded_bits(const Floats& v) {
    const auto whole = std::bit_cast<Vector<std::uint32_t>>(v);
    const Vector<std::uint32_t> nearest = whole + 0x7FFFU + (whole >> 16 & 1U);
    return v == v ? nearest : whole | 0x400000U;
}

/// The nearest numbers that bfloat16 has.
[[gnu::always_inline]] inline Floats rounded(const Floats& v) {
    return std::bit_cast<Floats>(rounded_bits(v) & 0xFFFF0000U);
}

[[gnu::always_inline]] inline void store(bfloat16* to, const Floats& v) {
    const auto halves = __builtin_convertvector(rounded_bits(v) >> 16, Vector<std::uint16_t>);
    __builtin_memcpy(static_cast<void*>(to), &halves, sizeof halves);
}

/// The first `count` (below 8) lanes from memory; the others are `fill`.
template <class T>
[[gnu::always_inline]] inline Vector<T> load_some(const T* from, std::size_t count, T fill = T{}) {
    Vector<T> v = broadcast(fill);
    for (std::size_t i = 0; i < count; ++i)
        v[i] = from[i];
    return v;
}

template <class T>
[[gnu::always_inline]] inline void store_some(T* to, const Vector<T>& v, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        to[i] = v[i];
}

[[gnu::always_inline]] inline Floats load_some(const bfloat16* from, std::size_t count) {
    Floats v{};
    for (std::size_t i = 0; i < count; ++i)
        v[i] = static_cast<float>(from[i]);
    return v;
}

[[gnu::always_inline]] inline void store_some(bfloat16* to, const Floats& v, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        to[i] = bfloat16{v[i]};
}

[[gnu::always_inline]] inline Doubles to_doubles(const Floats& v) {
    return __builtin_convertvector(v, Doubles);
}

/// The first four lanes, and the others.
[[gnu::always_inline]] inline HalfDoubles lower(const Doubles& v) {
    return __builtin_shufflevector(v, v, 0, 1, 2, 3);
}
[[gnu::always_inline]] inline HalfDoubles upper(const Doubles& v) {
    return __builtin_shufflevector(v, v, 4, 5, 6, 7);
}

[[gnu::always_inline]] inline Floats to_floats(const Floats& v) {
    return v;
}

/// Bytes as floats 0 .. 255.
[[gnu::always_inline]] inline Floats to_floats(const Vector<std::uint8_t>& v) {
    const __m128i bytes = _mm_cvtsi64_si128(std::bit_cast<long long>(v));
    const __m128i zero = _mm_setzero_si128();
    const __m128i shorts = _mm_unpacklo_epi8(bytes, zero);
    return __builtin_shufflevector(_mm_cvtepi32_ps(_mm_unpacklo_epi16(shorts, zero)),
                                   _mm_cvtepi32_ps(_mm_unpackhi_epi16(shorts, zero)), 0, 1, 2, 3, 4, 5, 6, 7);
}

[[gnu::always_inline]] inline Floats to_floats(const Integers& v) {
    return __builtin_convertvector(v, Floats);
}

[[gnu::always_inline]] inline Floats to_floats(const Doubles& v) {
    return __builtin_convertvector(v, Floats);
}

/// The sum of the lanes as a fixed tree: ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)).
template <class T>
[[gnu::always_inline]] inline T sum_of(const Vector<T>& v) {
    return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

/// Correctly rounded square roots, NaN below 0.
[[gnu::always_inline]] inline Floats sqrt(const Floats& v) {
    return __builtin_shufflevector(_mm_sqrt_ps(__builtin_shufflevector(v, v, 0, 1, 2, 3)),
                                   _mm_sqrt_ps(__builtin_shufflevector(v, v, 4, 5, 6, 7)), 0, 1, 2, 3, 4, 5, 6, 7);
}

/// Calls `op(x0, x1, ...)` with references to vectors of equal places of all arrays, and writes those of arrays that
/// are not const back. Arrays may be the same, but may not overlap otherwise. Inline: for use inside dispatch().
template <class Op, class... T>
[[gnu::always_inline]] inline void sweep(const Op& op, std::size_t n, T*... arrays) {
    constexpr auto put = [](auto* to, const auto& v, std::size_t count) __attribute__((always_inline)) {
        if constexpr (!std::is_const_v<std::remove_pointer_t<decltype(to)>>) {
            if (count == lanes)
                store(to, v);
            else
                store_some(to, v, count);
        }
    };
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes) {
        [&](auto&&... v) __attribute__((always_inline)) {
            op(v...);
            (put(arrays + i, v, lanes), ...);
        }
        (load(static_cast<const T*>(arrays + i))...);
    }
    if (const std::size_t rest = n - i; rest > 0) {
        [&](auto&&... v) __attribute__((always_inline)) {
            op(v...);
            (put(arrays + i, v, rest), ...);
        }
        (load_some(static_cast<const T*>(arrays + i), rest)...);
    }
}

/// The sum in double of `op(x0, x1, ...)`, which gives Doubles, over all places; in an order that only n decides. Lanes
/// beyond the end do not count, whatever they give. Inline: for use inside dispatch().
template <class Op, class... T>
[[gnu::always_inline]] inline double sum_over(const Op& op, std::size_t n, const T*... arrays) {
    HalfDoubles low{}, high{};
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes) {
        const Doubles terms = op(load(arrays + i)...);
        low += lower(terms);
        high += upper(terms);
    }
    if (i < n) {
        const Doubles terms = op(load_some(arrays + i, n - i)...);
        Doubles counting{};
        for (std::size_t lane = 0; lane < n - i; ++lane)
            counting[lane] = terms[lane];
        low += lower(counting);
        high += upper(counting);
    }
    const HalfDoubles both = low + high;
    return (both[0] + both[2]) + (both[1] + both[3]);
}

/// The sum of n values in double.
[[nodiscard]] inline double sum_in_double(const float* x, std::size_t n) {
    double sum = 0;
    double* const result = &sum;
    dispatch([=]() __attribute__((always_inline)) {
        *result = sum_over(
            [](const Floats& v) __attribute__((always_inline)) { return to_doubles(v); }, n, x);
    });
    return sum;
}

/// sweep() inside dispatch(): one whole loop. `op` is a lambda with `__attribute__((always_inline))` that captures by
/// value:
///     apply([=](const Floats& x, Floats& y) __attribute__((always_inline)) { y = 2.0F * x; }, n, x, y);
template <class Op, class... T>
void apply(Op op, std::size_t n, T*... arrays) {
    dispatch([=]() __attribute__((always_inline)) { sweep(op, n, arrays...); });
}

/// apply() inside dispatch_fused().
template <class Op, class... T>
void apply_fused(Op op, std::size_t n, T*... arrays) {
    dispatch_fused([=]() __attribute__((always_inline)) { sweep(op, n, arrays...); });
}

/// Calls `use(T{})` with the C++ type of a tensor of floats: float or bfloat16.
template <class Use>
void with_type_of(const TensorType& type, Use&& use) {
    if (type.element == Element::bfloat16)
        use(bfloat16{});
    else
        use(float{});
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
