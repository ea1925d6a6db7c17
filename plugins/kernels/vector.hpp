// Vectors of eight numbers, and of sixteen: how they come from memory, from one type to another, and back.
#pragma once
#include <emmintrin.h>

#include <bit>
#include <cstddef>
#include <cstdint>

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

template <class V>
struct PartsOf {
    typedef std::uint32_t whole __attribute__((vector_size(sizeof(V))));
    typedef std::uint16_t half __attribute__((vector_size(sizeof(V) / 2)));
};

}  // namespace detail

/// Eight values of T, with the operators of T and `condition ? a : b`, lane by lane. A compiler extension of GCC and
/// Clang; without wide registers it becomes several narrow ones.
template <class T>
using Vector = typename detail::VectorOf<T>::type;

using Floats = Vector<float>;
/// Twice as many: for dispatch_wide().
typedef float WideFloats __attribute__((vector_size(2 * lanes * sizeof(float))));
/// Half as many, for what is left over by eights.
typedef float HalfFloats __attribute__((vector_size(lanes / 2 * sizeof(float))));
using Integers = Vector<std::int32_t>;
using Doubles = Vector<double>;
/// What the widest registers hold: GCC keeps wider sums of a loop in memory.
typedef double HalfDoubles __attribute__((vector_size(lanes / 2 * sizeof(double))));

/// How many floats V has.
template <class V>
inline constexpr std::size_t lanes_of = sizeof(V) / sizeof(float);

/// The bits of V's floats, and the halves of them that a bfloat16 has.
/// @{
template <class V>
using BitsOf = typename detail::PartsOf<V>::whole;
template <class V>
using HalvesOf = typename detail::PartsOf<V>::half;
/// @}

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

/// Each lane of V, floats, rounded as bfloat16(float) does, in the upper half of 32 bits.
template <class V>
[[gnu::always_inline]] inline BitsOf<V> rounded_bits(const V& v) {
    const auto whole = std::bit_cast<BitsOf<V>>(v);
    const BitsOf<V> nearest = whole + 0x7FFFU + (whole >> 16 & 1U);
    return v == v ? nearest : whole | 0x400000U;
}

/// The nearest numbers that bfloat16 has.
[[gnu::always_inline]] inline Floats rounded(const Floats& v) {
    return std::bit_cast<Floats>(rounded_bits(v) & 0xFFFF0000U);
}

/// store() of as many lanes as V has.
template <class V>
[[gnu::always_inline]] inline void store_rounded(bfloat16* to, const V& v) {
    const auto halves = __builtin_convertvector(rounded_bits(v) >> 16, HalvesOf<V>);
    __builtin_memcpy(static_cast<void*>(to), &halves, sizeof halves);
}

[[gnu::always_inline]] inline void store(bfloat16* to, const Floats& v) {
    store_rounded(to, v);
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

}  // namespace plexus::kernels
