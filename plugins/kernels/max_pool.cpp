#include "kernels/max_pool.hpp"

#include <type_traits>

#include "kernels/dispatch.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace plexus::kernels {
namespace {

/// A place that no element of a window has, as an index is read back.
template <class Index>
constexpr std::int32_t no_place = std::is_same_v<Index, std::uint8_t> ? 255 : -1;

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
            for (std::int64_t c = begin; c < w.channels; ++c)
                to[c] = static_cast<T>((adds ? static_cast<float>(to[c]) : 0.0F) +
                                       (argmax[c] == at ? static_cast<float>(dy[c]) : 0.0F));
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

template <class T, class Index>
[[gnu::target("avx2")]] void forward_avx2(const PoolWindow& window, const T* x, T* y, Index* argmax) {
    const PoolWindow w = window;
    std::int64_t c = 0;
    for (; c + lanes <= w.channels; c += lanes) {
        __m256 value = load_values(x + c);
        __m256i place = _mm256_set1_epi32(w.place);
        for (std::int64_t r = 0; r < w.rows; ++r) {
            const T* from = x + r * w.stride + c;
            std::int32_t at = w.place + static_cast<std::int32_t>(r) * w.place_stride;
            for (std::int64_t s = 0; s < w.columns; ++s, ++at, from += w.channels) {
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
        store_values(y + c, value);
        if (argmax != nullptr)
            store_places(argmax + c, place);
    }
    if (c < w.channels)
        forward_from(c, w, x, y, argmax);
}

template <class T, class Index, bool adds>
[[gnu::target("avx2")]] void backward_avx2(const PoolWindow& window, const T* dy, const Index* argmax, T* dx) {
    const PoolWindow w = window;
    std::int64_t c = 0;
    for (; c + lanes <= w.channels; c += lanes) {
        const __m256 slope = load_values(dy + c);
        const __m256i place = load_places(argmax + c);
        for (std::int64_t r = 0; r < w.rows; ++r) {
            T* to = dx + r * w.stride + c;
            std::int32_t at = w.place + static_cast<std::int32_t>(r) * w.place_stride;
            for (std::int64_t s = 0; s < w.columns; ++s, ++at, to += w.channels) {
                const __m256i here = _mm256_cmpeq_epi32(place, _mm256_set1_epi32(at));
                const __m256 v = _mm256_and_ps(slope, _mm256_castsi256_ps(here));
                store_values(to, _mm256_add_ps(adds ? load_values(to) : _mm256_setzero_ps(), v));
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
    return best<T, Index>();
}

template const MaxPool<float, std::uint8_t>& max_pool() noexcept;
template const MaxPool<float, std::int32_t>& max_pool() noexcept;
template const MaxPool<bfloat16, std::uint8_t>& max_pool() noexcept;
template const MaxPool<bfloat16, std::int32_t>& max_pool() noexcept;

}  // namespace plexus::kernels
