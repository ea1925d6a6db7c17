#include <type_traits>

#include "kernels/avx512.hpp"
#include "kernels/dispatch.hpp"
#include "kernels/max_pool.hpp"

namespace plexus::kernels {

#if defined(__x86_64__)

namespace {

#define PLEXUS_AVX512 gnu::target("avx512f,avx512bw,avx512vl")

constexpr std::int64_t lanes = 16;

[[PLEXUS_AVX512, gnu::always_inline]] inline __m512 load_values(const float* from, __mmask16 some) {
    return _mm512_maskz_loadu_ps(some, from);
}

[[PLEXUS_AVX512, gnu::always_inline]] inline __m512 load_values(const bfloat16* from, __mmask16 some) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(some, from)), 16));
}

// Stores of a whole vector have no mask: some processors take several times as long with one.
template <bool whole>
[[PLEXUS_AVX512, gnu::always_inline]] inline void store_bits(float* to, __mmask16 some, __m512i bits) {
    if constexpr (whole)
        _mm512_storeu_si512(to, bits);
    else
        _mm512_mask_storeu_epi32(to, some, bits);
}

/// The upper halves.
template <bool whole>
[[PLEXUS_AVX512, gnu::always_inline]] inline void store_bits(bfloat16* to, __mmask16 some, __m512i bits) {
    const __m256i halves = _mm512_cvtepi32_epi16(_mm512_srli_epi32(bits, 16));
    if constexpr (whole)
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), halves);
    else
        _mm256_mask_storeu_epi16(to, some, halves);
}

/// Bits that, where T is bfloat16, are zero but for the upper halves, rounded as bfloat16(float) does.
template <class T>
[[PLEXUS_AVX512, gnu::always_inline]] inline __m512i rounded(__m512 values) {
    const __m512i whole = _mm512_castps_si512(values);
    if constexpr (std::is_same_v<T, float>)
        return whole;
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(whole, 16), _mm512_set1_epi32(1));
    const __m512i nearest = _mm512_add_epi32(whole, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7FFF)));
    const __mmask16 unordered = _mm512_cmp_ps_mask(values, values, _CMP_UNORD_Q);
    return _mm512_mask_or_epi32(nearest, unordered, whole, _mm512_set1_epi32(0x400000));
}

template <bool whole>
[[PLEXUS_AVX512, gnu::always_inline]] inline void store_places(std::int32_t* to, __mmask16 some, __m512i places) {
    store_bits<whole>(reinterpret_cast<float*>(to), some, places);
}

template <bool whole>
[[PLEXUS_AVX512, gnu::always_inline]] inline void store_places(std::uint8_t* to, __mmask16 some, __m512i places) {
    const __m128i bytes = _mm512_cvtepi32_epi8(places);
    if constexpr (whole)
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
    else
        _mm_mask_storeu_epi8(to, some, bytes);
}

[[PLEXUS_AVX512, gnu::always_inline]] inline __m512i load_places(const std::int32_t* from, __mmask16 some) {
    return _mm512_maskz_loadu_epi32(some, from);
}

[[PLEXUS_AVX512, gnu::always_inline]] inline __m512i load_places(const std::uint8_t* from, __mmask16 some) {
    return _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(some, from));
}

/// The channels that `some` has, of sixteen from those that the pointers are at.
template <bool whole, class T, class Index>
[[PLEXUS_AVX512, gnu::always_inline]] inline void forward_some(const PoolWindow& w, const T* x, __mmask16 some, T* y,
                                                               Index* argmax) {
    __m512 value = load_values(x, some);
    __m512i place = _mm512_set1_epi32(w.place);
    for (std::int64_t r = 0; r < w.rows; ++r) {
        const std::int64_t first = r == 0 ? 1 : 0;
        const T* from = x + r * w.stride + first * w.channels;
        std::int32_t at = w.place + static_cast<std::int32_t>(r * w.place_stride + first);
        for (std::int64_t s = first; s < w.columns; ++s, ++at, from += w.channels) {
            const __m512 v = load_values(from, some);
            // Stays where it is not less, and where it is no number.
            const __mmask16 ordered = _mm512_cmp_ps_mask(value, value, _CMP_ORD_Q);
            const __mmask16 changes = _mm512_mask_cmp_ps_mask(ordered, value, v, _CMP_NGE_UQ);
            value = _mm512_mask_mov_ps(value, changes, v);
            place = _mm512_mask_mov_epi32(place, changes, _mm512_set1_epi32(at));
        }
    }
    if (w.positive) {
        const __mmask16 stays = _mm512_cmp_ps_mask(value, _mm512_setzero_ps(), _CMP_NLE_UQ);
        value = _mm512_maskz_mov_ps(stays, value);
        place = _mm512_mask_mov_epi32(_mm512_set1_epi32(no_place<Index>), stays, place);
    }
    store_bits<whole>(y, some, _mm512_castps_si512(value));
    if (argmax != nullptr)
        store_places<whole>(argmax, some, place);
}

/// Of values that a relu cuts, as whole numbers of 16 bits, as the variant of AVX2 has them. The channels that were
/// done.
[[PLEXUS_AVX512, gnu::always_inline]] inline std::int64_t forward_halves(const PoolWindow& w, const bfloat16* x,
                                                                         bfloat16* y, std::uint8_t* argmax) {
    const __m512i magnitude = _mm512_set1_epi16(0x7FFF);
    const __m512i infinity = _mm512_set1_epi16(0x7F80);
    std::int64_t c = 0;
    for (; c + 2 * lanes <= w.channels; c += 2 * lanes) {
        __m512i value = _mm512_setzero_si512();
        __m512i best = _mm512_setzero_si512();
        __m512i place = _mm512_set1_epi16(no_place<std::uint8_t>);
        for (std::int64_t r = 0; r < w.rows; ++r) {
            const bfloat16* from = x + r * w.stride + c;
            auto at = static_cast<std::int16_t>(w.place + r * w.place_stride);
            for (std::int64_t s = 0; s < w.columns; ++s, ++at, from += w.channels) {
                const __m512i v = _mm512_loadu_si512(from);
                const __mmask32 nan = _mm512_cmpgt_epi16_mask(_mm512_and_si512(v, magnitude), infinity);
                const __m512i rank = _mm512_mask_mov_epi16(v, nan, magnitude);
                const __mmask32 more = _mm512_cmpgt_epi16_mask(rank, best);
                best = _mm512_max_epi16(rank, best);
                value = _mm512_mask_mov_epi16(value, more, v);
                place = _mm512_mask_mov_epi16(place, more, _mm512_set1_epi16(at));
            }
        }
        _mm512_storeu_si512(y + c, value);
        if (argmax != nullptr)
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(argmax + c), _mm512_cvtepi16_epi8(place));
    }
    return c;
}

template <class T, class Index>
[[PLEXUS_AVX512]] void forward(const PoolWindow& window, const T* x, T* y, Index* argmax) {
    const PoolWindow w = window;
    std::int64_t c = 0;
    if constexpr (std::is_same_v<T, bfloat16> && std::is_same_v<Index, std::uint8_t>)
        if (w.positive)
            c = forward_halves(w, x, y, argmax);
    const auto places = [&] { return argmax == nullptr ? nullptr : argmax + c; };
    for (; c + lanes <= w.channels; c += lanes)
        forward_some<true>(w, x + c, 0xFFFF, y + c, places());
    if (c < w.channels)
        forward_some<false>(w, x + c, static_cast<__mmask16>((1U << (w.channels - c)) - 1), y + c, places());
}

template <bool whole, bool adds, class T, class Index>
[[PLEXUS_AVX512, gnu::always_inline]] inline void backward_some(const PoolWindow& w, const T* dy, const Index* argmax,
                                                                __mmask16 some, T* dx) {
    const __m512 slope = load_values(dy, some);
    const __m512i place = load_places(argmax, some);
    for (std::int64_t r = 0; r < w.rows; ++r) {
        T* to = dx + r * w.stride;
        std::int32_t at = w.place + static_cast<std::int32_t>(r) * w.place_stride;
        for (std::int64_t s = 0; s < w.columns; ++s, ++at, to += w.channels) {
            const __mmask16 here = _mm512_cmpeq_epi32_mask(place, _mm512_set1_epi32(at));
            const __m512 v = _mm512_maskz_mov_ps(here, slope);
            if constexpr (adds)
                store_bits<whole>(to, some, rounded<T>(_mm512_add_ps(load_values(to, some), v)));
            else
                store_bits<whole>(to, some, _mm512_castps_si512(v));
        }
    }
}

/// Numbers that are only moved stay 16 bits wide: twice as many at a time. The channels that were done.
[[PLEXUS_AVX512, gnu::always_inline]] inline std::int64_t assign_halves(const PoolWindow& w, const bfloat16* dy,
                                                                        const std::uint8_t* argmax, bfloat16* dx) {
    std::int64_t c = 0;
    for (; c + 2 * lanes <= w.channels; c += 2 * lanes) {
        const __m512i slope = _mm512_loadu_si512(dy + c);
        const __m512i place = _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(argmax + c)));
        for (std::int64_t r = 0; r < w.rows; ++r) {
            bfloat16* to = dx + r * w.stride + c;
            auto at = static_cast<std::int16_t>(w.place + r * w.place_stride);
            for (std::int64_t s = 0; s < w.columns; ++s, ++at, to += w.channels)
                _mm512_storeu_si512(
                    to, _mm512_maskz_mov_epi16(_mm512_cmpeq_epi16_mask(place, _mm512_set1_epi16(at)), slope));
        }
    }
    return c;
}

template <class T, class Index, bool adds>
[[PLEXUS_AVX512]] void backward(const PoolWindow& window, const T* dy, const Index* argmax, T* dx) {
    const PoolWindow w = window;
    std::int64_t c = 0;
    if constexpr (std::is_same_v<T, bfloat16> && std::is_same_v<Index, std::uint8_t> && !adds)
        c = assign_halves(w, dy, argmax, dx);
    for (; c + lanes <= w.channels; c += lanes)
        backward_some<true, adds>(w, dy + c, argmax + c, 0xFFFF, dx + c);
    if (c < w.channels)
        backward_some<false, adds>(w, dy + c, argmax + c, static_cast<__mmask16>((1U << (w.channels - c)) - 1), dx + c);
}

#undef PLEXUS_AVX512

}  // namespace

template <class T, class Index>
const MaxPool<T, Index>* max_pool_avx512() noexcept {
    static constexpr MaxPool<T, Index> pool = {forward<T, Index>, backward<T, Index, false>, backward<T, Index, true>};
    return has_avx512() ? &pool : nullptr;
}

#else

template <class T, class Index>
const MaxPool<T, Index>* max_pool_avx512() noexcept {
    return nullptr;
}

#endif

template const MaxPool<float, std::uint8_t>* max_pool_avx512() noexcept;
template const MaxPool<float, std::int32_t>* max_pool_avx512() noexcept;
template const MaxPool<bfloat16, std::uint8_t>* max_pool_avx512() noexcept;
template const MaxPool<bfloat16, std::int32_t>* max_pool_avx512() noexcept;

}  // namespace plexus::kernels
