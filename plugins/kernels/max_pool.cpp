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
template <class Index>
void forward_from(std::int64_t begin, const PoolWindow& w, const float* x, float* y, Index* argmax) {
    for (std::int64_t c = begin; c < w.channels; ++c) {
        float value = x[c];
        std::int32_t place = w.place;
        for (std::int64_t r = 0; r < w.rows; ++r)
            for (std::int64_t s = 0; s < w.columns; ++s) {
                const float v = x[r * w.stride + s * w.channels + c];
                if (value >= v || value != value)
                    continue;
                value = v;
                place = w.place + static_cast<std::int32_t>(r) * w.place_stride + static_cast<std::int32_t>(s);
            }
        if (w.positive && value <= 0) {
            value = 0;
            place = no_place<Index>;
        }
        y[c] = value;
        if (argmax != nullptr)
            argmax[c] = static_cast<Index>(place);
    }
}

template <class Index, bool adds>
void backward_from(std::int64_t begin, const PoolWindow& w, const float* dy, const Index* argmax, float* dx) {
    for (std::int64_t r = 0; r < w.rows; ++r)
        for (std::int64_t s = 0; s < w.columns; ++s) {
            const std::int64_t at = w.place + r * w.place_stride + s;
            float* to = dx + r * w.stride + s * w.channels;
            for (std::int64_t c = begin; c < w.channels; ++c)
                to[c] = (adds ? to[c] : 0.0F) + (argmax[c] == at ? dy[c] : 0.0F);
        }
}

template <class Index>
void forward_baseline(const PoolWindow& w, const float* x, float* y, Index* argmax) {
    forward_from(0, w, x, y, argmax);
}

template <class Index, bool adds>
void backward_baseline(const PoolWindow& w, const float* dy, const Index* argmax, float* dx) {
    backward_from<Index, adds>(0, w, dy, argmax, dx);
}

template <class Index>
constexpr MaxPool<Index> baseline = {forward_baseline<Index>, backward_baseline<Index, false>,
                                     backward_baseline<Index, true>};

#if defined(__x86_64__)

constexpr std::int64_t lanes = 8;

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

template <class Index>
[[gnu::target("avx2")]] void forward_avx2(const PoolWindow& window, const float* x, float* y, Index* argmax) {
    const PoolWindow w = window;
    std::int64_t c = 0;
    for (; c + lanes <= w.channels; c += lanes) {
        __m256 value = _mm256_loadu_ps(x + c);
        __m256i place = _mm256_set1_epi32(w.place);
        for (std::int64_t r = 0; r < w.rows; ++r) {
            const float* from = x + r * w.stride + c;
            std::int32_t at = w.place + static_cast<std::int32_t>(r) * w.place_stride;
            for (std::int64_t s = 0; s < w.columns; ++s, ++at, from += w.channels) {
                const __m256 v = _mm256_loadu_ps(from);
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
        _mm256_storeu_ps(y + c, value);
        if (argmax != nullptr)
            store_places(argmax + c, place);
    }
    if (c < w.channels)
        forward_from(c, w, x, y, argmax);
}

template <class Index, bool adds>
[[gnu::target("avx2")]] void backward_avx2(const PoolWindow& window, const float* dy, const Index* argmax, float* dx) {
    const PoolWindow w = window;
    std::int64_t c = 0;
    for (; c + lanes <= w.channels; c += lanes) {
        const __m256 slope = _mm256_loadu_ps(dy + c);
        const __m256i place = load_places(argmax + c);
        for (std::int64_t r = 0; r < w.rows; ++r) {
            float* to = dx + r * w.stride + c;
            std::int32_t at = w.place + static_cast<std::int32_t>(r) * w.place_stride;
            for (std::int64_t s = 0; s < w.columns; ++s, ++at, to += w.channels) {
                const __m256i here = _mm256_cmpeq_epi32(place, _mm256_set1_epi32(at));
                const __m256 v = _mm256_and_ps(slope, _mm256_castsi256_ps(here));
                _mm256_storeu_ps(to, _mm256_add_ps(adds ? _mm256_loadu_ps(to) : _mm256_setzero_ps(), v));
            }
        }
    }
    if (c < w.channels)
        backward_from<Index, adds>(c, w, dy, argmax, dx);
}

template <class Index>
constexpr MaxPool<Index> avx2 = {forward_avx2<Index>, backward_avx2<Index, false>, backward_avx2<Index, true>};

template <class Index>
const MaxPool<Index>& best() noexcept {
    return has_avx2() ? avx2<Index> : baseline<Index>;
}

#else

template <class Index>
const MaxPool<Index>& best() noexcept {
    return baseline<Index>;
}

#endif

}  // namespace

const MaxPool<std::uint8_t>& max_pool_bytes() noexcept {
    return best<std::uint8_t>();
}

const MaxPool<std::int32_t>& max_pool_words() noexcept {
    return best<std::int32_t>();
}

}  // namespace plexus::kernels
