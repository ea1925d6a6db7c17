#include "kernels/max_pool.hpp"

#include <type_traits>

#include "kernels/dispatch.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace plexus::kernels {
namespace {

/// Channels [begin, C), one at a time: all of them, or those that are left over.
template <class T, class Index>
void forward_from(std::int64_t begin, const PoolWindow& w, const T* x, T* y, Index* argmax) {
    for (std::int64_t c = begin; c < w.channels; ++c) {
        auto value = static_cast<float>(x[c]);
        std::int32_t place = w.place;
        for (std::int64_t r = 0; r < w.rows; ++r)
            for (std::int64_t s = 0; s < w.columns; ++s) {
                const auto v = static_cast<float>(x[r * w.stride + s * w.channels + c]);
                if (value >= v || value != value)
                    continue;
                value = v;
                place = w.place + static_cast<std::int32_t>(r) * w.place_stride + static_cast<std::int32_t>(s);
            }
        if (w.positive && value <= 0) {
            value = 0;
            place = no_place<Index>;
        }
        y[c] = static_cast<T>(value);
        if (argmax != nullptr)
            argmax[c] = static_cast<Index>(place);
    }
}

template <class T, class Index, bool adds>
void backward_from(std::int64_t begin, const PoolWindow& w, const T* dy, const Index* argmax, T* dx) {
    for (std::int64_t r = 0; r < w.rows; ++r)
        for (std::int64_t s = 0; s < w.columns; ++s) {
            const std::int64_t at = w.place + r * w.place_stride + s;
            T* to = dx + r * w.stride + s * w.channels;
            for (std::int64_t c = begin; c < w.channels; ++c) {
                const T slope = argmax[c] == at ? dy[c] : T{};
                to[c] = adds ? static_cast<T>(static_cast<float>(to[c]) + static_cast<float>(slope)) : slope;
            }
        }
}

template <class T, class Index>
void forward_baseline(const PoolWindow& w, const T* x, T* y, Index* argmax) {
    forward_from(0, w, x, y, argmax);
}

template <class T, class Index, bool adds>
void backward_baseline(const PoolWindow& w, const T* dy, const Index* argmax, T* dx) {
    backward_from<T, Index, adds>(0, w, dy, argmax, dx);
}

template <class T, class Index>
constexpr MaxPool<T, Index> baseline = {forward_baseline<T, Index>, backward_baseline<T, Index, false>,
                                        backward_baseline<T, Index, true>};

#if defined(__x86_64__)

constexpr std::int64_t lanes = 8;

[[gnu::target("avx2")]] inline __m256 load_values(const float* from) {
    return _mm256_loadu_ps(from);
}

[[gnu::target("avx2")]] inline __m256 load_values(const bfloat16* from) {
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}

[[gnu::target("avx2")]] inline void store_values(float* to, __m256 values) {
    _mm256_storeu_ps(to, values);
}

// Rounds as bfloat16(float) does.
[[gnu::target("avx2")]] inline void store_values(bfloat16* to, __m256 values) {
    const __m256i whole = _mm256_castps_si256(values);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(whole, 16), _mm256_set1_epi32(1));
    const __m256i nearest = _mm256_add_epi32(whole, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7FFF)));
    const __m256i quiet = _mm256_or_si256(whole, _mm256_set1_epi32(0x400000));
    const __m256 unordered = _mm256_cmp_ps(values, values, _CMP_UNORD_Q);
    const __m256i bits = _mm256_srli_epi32(_mm256_blendv_epi8(nearest, quiet, _mm256_castps_si256(unordered)), 16);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                     _mm_packus_epi32(_mm256_castsi256_si128(bits), _mm256_extracti128_si256(bits, 1)));
}

/// Of numbers that came from T, and need no rounding.
[[gnu::target("avx2")]] inline void store_unchanged(float* to, __m256 values) {
    store_values(to, values);
}

[[gnu::target("avx2")]] inline void store_unchanged(bfloat16* to, __m256 values) {
    const __m256i bits = _mm256_srli_epi32(_mm256_castps_si256(values), 16);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                     _mm_packus_epi32(_mm256_castsi256_si128(bits), _mm256_extracti128_si256(bits, 1)));
}

template <class Index>
[[gnu::target("avx2")]] inline void store_places(Index* to, __m256i places) {
    if constexpr (std::is_same_v<Index, std::uint8_t>) {
        const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(places), _mm256_extracti128_si256(places, 1));
        _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packus_epi16(words, words));
    } else {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), places);
    }
}

template <class Index>
[[gnu::target("avx2")]] inline __m256i load_places(const Index* from) {
    if constexpr (std::is_same_v<Index, std::uint8_t>)
        return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
    else
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

/// Of values that a relu cuts: as whole numbers of 16 bits, positive ones of bfloat16 have their order, and negative
/// ones are below 0. A NaN, of either sign, gets the largest of all numbers. The channels that were done.
[[gnu::target("avx2")]] inline std::int64_t forward_halves(const PoolWindow& w, const bfloat16* x, bfloat16* y,
                                                           std::uint8_t* argmax) {
    const __m256i magnitude = _mm256_set1_epi16(0x7FFF);
    const __m256i infinity = _mm256_set1_epi16(0x7F80);
    std::int64_t c = 0;
    for (; c + 2 * lanes <= w.channels; c += 2 * lanes) {
        __m256i value = _mm256_setzero_si256();
        __m256i best = _mm256_setzero_si256();
        __m256i place = _mm256_set1_epi16(no_place<std::uint8_t>);
        for (std::int64_t r = 0; r < w.rows; ++r) {
            const bfloat16* from = x + r * w.stride + c;
            auto at = static_cast<std::int16_t>(w.place + r * w.place_stride);
            for (std::int64_t s = 0; s < w.columns; ++s, ++at, from += w.channels) {
                const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
                const __m256i nan = _mm256_cmpgt_epi16(_mm256_and_si256(v, magnitude), infinity);
                const __m256i rank = _mm256_blendv_epi8(v, magnitude, nan);
                const __m256i more = _mm256_cmpgt_epi16(rank, best);
                best = _mm256_max_epi16(rank, best);
                value = _mm256_blendv_epi8(value, v, more);
                place = _mm256_blendv_epi8(place, _mm256_set1_epi16(at), more);
            }
        }
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(y + c), value);
        if (argmax != nullptr)
            _mm_storeu_si128(reinterpret_cast<__m128i*>(argmax + c),
                             _mm_packus_epi16(_mm256_castsi256_si128(place), _mm256_extracti128_si256(place, 1)));
    }
    return c;
}

template <class T, class Index>
[[gnu::target("avx2")]] void forward_avx2(const PoolWindow& window, const T* x, T* y, Index* argmax) {
    const PoolWindow w = window;
    std::int64_t c = 0;
    if constexpr (std::is_same_v<T, bfloat16> && std::is_same_v<Index, std::uint8_t>)
        if (w.positive)
            c = forward_halves(w, x, y, argmax);
    for (; c + lanes <= w.channels; c += lanes) {
        __m256 value = load_values(x + c);
        __m256i place = _mm256_set1_epi32(w.place);
        for (std::int64_t r = 0; r < w.rows; ++r) {
            const std::int64_t first = r == 0 ? 1 : 0;
            const T* from = x + r * w.stride + first * w.channels + c;
            std::int32_t at = w.place + static_cast<std::int32_t>(r * w.place_stride + first);
            for (std::int64_t s = first; s < w.columns; ++s, ++at, from += w.channels) {
                const __m256 v = load_values(from);
                // Stays where it is not less, and where it is no number.
                const __m256 stays =
                    _mm256_or_ps(_mm256_cmp_ps(value, v, _CMP_GE_OQ), _mm256_cmp_ps(value, value, _CMP_UNORD_Q));
                value = _mm256_blendv_ps(v, value, stays);
                place = _mm256_blendv_epi8(_mm256_set1_epi32(at), place, _mm256_castps_si256(stays));
            }
        }
        if (w.positive) {
            const __m256 cut = _mm256_cmp_ps(value, _mm256_setzero_ps(), _CMP_LE_OQ);
            value = _mm256_andnot_ps(cut, value);
            place = _mm256_blendv_epi8(place, _mm256_set1_epi32(no_place<Index>), _mm256_castps_si256(cut));
        }
        store_unchanged(y + c, value);
        if (argmax != nullptr)
            store_places(argmax + c, place);
    }
    if (c < w.channels)
        forward_from(c, w, x, y, argmax);
}

/// Numbers that are only moved stay 16 bits wide: twice as many at a time. The channels that were done.
[[gnu::target("avx2")]] inline std::int64_t assign_halves(const PoolWindow& w, const bfloat16* dy,
                                                          const std::uint8_t* argmax, bfloat16* dx) {
    std::int64_t c = 0;
    for (; c + 2 * lanes <= w.channels; c += 2 * lanes) {
        const __m256i slope = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(dy + c));
        const __m256i place = _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(argmax + c)));
        for (std::int64_t r = 0; r < w.rows; ++r) {
            bfloat16* to = dx + r * w.stride + c;
            auto at = static_cast<std::int16_t>(w.place + r * w.place_stride);
            for (std::int64_t s = 0; s < w.columns; ++s, ++at, to += w.channels)
                _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                                    _mm256_and_si256(slope, _mm256_cmpeq_epi16(place, _mm256_set1_epi16(at))));
        }
    }
    return c;
}

template <class T, class Index, bool adds>
[[gnu::target("avx2")]] void backward_avx2(const PoolWindow& window, const T* dy, const Index* argmax, T* dx) {
    const PoolWindow w = window;
    std::int64_t c = 0;
    if constexpr (std::is_same_v<T, bfloat16> && std::is_same_v<Index, std::uint8_t> && !adds)
        c = assign_halves(w, dy, argmax, dx);
    for (; c + lanes <= w.channels; c += lanes) {
        const __m256 slope = load_values(dy + c);
        const __m256i place = load_places(argmax + c);
        for (std::int64_t r = 0; r < w.rows; ++r) {
            T* to = dx + r * w.stride + c;
            std::int32_t at = w.place + static_cast<std::int32_t>(r) * w.place_stride;
            for (std::int64_t s = 0; s < w.columns; ++s, ++at, to += w.channels) {
                const __m256i here = _mm256_cmpeq_epi32(place, _mm256_set1_epi32(at));
                const __m256 v = _mm256_and_ps(slope, _mm256_castsi256_ps(here));
                if constexpr (adds)
                    store_values(to, _mm256_add_ps(load_values(to), v));
                else
                    store_unchanged(to, v);
            }
        }
    }
    if (c < w.channels)
        backward_from<T, Index, adds>(c, w, dy, argmax, dx);
}

template <class T, class Index>
constexpr MaxPool<T, Index> avx2 = {forward_avx2<T, Index>, backward_avx2<T, Index, false>,
                                    backward_avx2<T, Index, true>};

template <class T, class Index>
const MaxPool<T, Index>& best() noexcept {
    return has_avx2() ? avx2<T, Index> : baseline<T, Index>;
}

#else

template <class T, class Index>
const MaxPool<T, Index>& best() noexcept {
    return baseline<T, Index>;
}

#endif

}  // namespace

template <class T, class Index>
const MaxPool<T, Index>& max_pool() noexcept {
    const auto* widest = max_pool_avx512<T, Index>();
    return widest != nullptr ? *widest : best<T, Index>();
}

template const MaxPool<float, std::uint8_t>& max_pool() noexcept;
template const MaxPool<float, std::int32_t>& max_pool() noexcept;
template const MaxPool<bfloat16, std::uint8_t>& max_pool() noexcept;
template const MaxPool<bfloat16, std::int32_t>& max_pool() noexcept;

}  // namespace plexus::kernels
