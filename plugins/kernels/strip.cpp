#include "kernels/strip.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "kernels/dispatch.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace plexus::kernels {
namespace {

constexpr std::size_t panel_width = 16;

/// What a strip has of its n-th panel.
Strip panel_of(const Strip& s, std::size_t n) noexcept {
    Strip part = s;
    const std::size_t first = n * panel_width;
    part.panel += n * s.next;
    part.to += first;
    part.columns = std::min(panel_width, s.columns - first);
    if (part.bias != nullptr)
        part.bias += first;
    return part;
}

void run_baseline_panel(const Strip& s) {
    for (std::size_t r = 0; r < s.rows; ++r) {
        std::array<float, panel_width> sum{};
        float* to = s.to + s.target[r];
        if (const float* start = s.accumulate ? to : s.bias; start != nullptr)
            std::memcpy(sum.data(), start, s.columns * sizeof(float));
        const float* from = s.from + s.source[r];
        const float* b = s.panel;
        for (std::size_t i = 0; i < s.count; ++i, b += s.stride) {
            const float x = from[s.index[i]];
            for (std::size_t j = 0; j < s.columns; ++j)
                sum[j] += x * b[j];
        }
        for (std::size_t j = 0; s.relu && j < panel_width; ++j)
            sum[j] = sum[j] < 0 ? 0 : sum[j];
        std::memcpy(to, sum.data(), s.columns * sizeof(float));
    }
}

void run_baseline(const Strip& s) {
    for (std::size_t n = 0; n * panel_width < s.columns; ++n)
        run_baseline_panel(panel_of(s, n));
}

constexpr StripKernel baseline = {"baseline", panel_width, panel_width, 1, run_baseline};

#if defined(__x86_64__)

constexpr std::size_t most_rows = 6;

[[gnu::target("avx2,fma")]] inline void load_some(const float* from, std::size_t columns, __m256& low, __m256& high) {
    alignas(32) std::array<float, panel_width> all{};
    std::memcpy(all.data(), from, columns * sizeof(float));
    low = _mm256_load_ps(all.data());
    high = _mm256_load_ps(all.data() + 8);
}

[[gnu::target("avx2,fma")]] inline void store_some(float* to, std::size_t columns, __m256 low, __m256 high) {
    alignas(32) std::array<float, panel_width> all;
    _mm256_store_ps(all.data(), low);
    _mm256_store_ps(all.data() + 8, high);
    std::memcpy(to, all.data(), columns * sizeof(float));
}

/// From `panel_width - columns` on, what masks all columns of a panel but those.
constexpr std::array<std::int32_t, 2 * panel_width> masks = [] {
    std::array<std::int32_t, 2 * panel_width> all{};
    std::fill_n(all.begin(), panel_width, -1);
    return all;
}();

/// Sums of R rows into their places.
template <std::size_t R, bool whole>
[[gnu::target("avx2,fma"), gnu::always_inline]] inline void store_sums(const Strip& s, const std::int32_t* target,
                                                                       __m256 (&low)[R], __m256 (&high)[R]) {
    float* const to = s.to;
    if (s.relu) {
        // The sum second: of a NaN and 0, the second is taken.
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r) {
            low[r] = _mm256_max_ps(_mm256_setzero_ps(), low[r]);
            high[r] = _mm256_max_ps(_mm256_setzero_ps(), high[r]);
        }
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
        if constexpr (whole) {
            _mm256_storeu_ps(to + target[r], low[r]);
            _mm256_storeu_ps(to + target[r] + 8, high[r]);
        } else {
            store_some(to + target[r], s.columns, low[r], high[r]);
        }
    }
}

/// R rows from `row` on. GCC keeps the sums in memory unless every loop over them is unrolled by order.
template <std::size_t R, bool whole>
[[gnu::target("avx2,fma")]] inline void run_tile(const Strip& s, std::size_t row) {
    __m256 low[R];
    __m256 high[R];
    const float* from[R];
    float* const to = s.to;
    const std::int32_t* const target = s.target + row;
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
        from[r] = s.from + s.source[row + r];
        // Keeps the pointer in a register: else GCC adds its parts anew for every term.
        asm("" : "+r"(from[r]));
    }
    if (s.accumulate) {
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r) {
            if constexpr (whole) {
                low[r] = _mm256_loadu_ps(to + target[r]);
                high[r] = _mm256_loadu_ps(to + target[r] + 8);
            } else {
                load_some(to + target[r], s.columns, low[r], high[r]);
            }
        }
    } else {
        __m256 first = _mm256_setzero_ps();
        __m256 second = _mm256_setzero_ps();
        if (s.bias != nullptr)
            load_some(s.bias, s.columns, first, second);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r) {
            low[r] = first;
            high[r] = second;
        }
    }
    const float* b = s.panel;
    const std::size_t stride = s.stride;
    const auto* const columns = reinterpret_cast<const __m256i*>(masks.data() + (panel_width - s.columns));
    const __m256i in_first = _mm256_loadu_si256(columns);
    const __m256i in_second = _mm256_loadu_si256(columns + 1);
    for (const std::int32_t *i = s.index, *end = i + s.count; i != end; ++i, b += stride) {
        const std::ptrdiff_t at = *i;
        const __m256 b0 = whole ? _mm256_loadu_ps(b) : _mm256_maskload_ps(b, in_first);
        const __m256 b1 = whole ? _mm256_loadu_ps(b + 8) : _mm256_maskload_ps(b + 8, in_second);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r) {
            const __m256 x = _mm256_broadcast_ss(from[r] + at);
            low[r] = _mm256_fmadd_ps(x, b0, low[r]);
            high[r] = _mm256_fmadd_ps(x, b1, high[r]);
        }
    }
    store_sums<R, whole>(s, target, low, high);
}

template <bool whole>
[[gnu::target("avx2,fma")]] void run_tiles(const Strip& s) {
    const Cut tiles{s.rows, most_rows};
    std::size_t row = 0;
    for (std::size_t tile = 1; tile <= tiles.pieces; ++tile) {
        const std::size_t end = tiles.begin(tile);
        switch (end - row) {
            case 6:
                run_tile<6, whole>(s, row);
                break;
            case 5:
                run_tile<5, whole>(s, row);
                break;
            case 4:
                run_tile<4, whole>(s, row);
                break;
            case 3:
                run_tile<3, whole>(s, row);
                break;
            case 2:
                run_tile<2, whole>(s, row);
                break;
            default:
                run_tile<1, whole>(s, row);
        }
        row = end;
    }
}

/// R rows times two whole panels: few rows alone would leave the units waiting for each other's sums.
template <std::size_t R>
[[gnu::target("avx2,fma")]] void run_pair(const Strip& s) {
    constexpr std::size_t wide = 4;
    __m256 sums[R][wide];
    const float* from[R];
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
        from[r] = s.from + s.source[r];
        const float* start = s.accumulate ? s.to + s.target[r] : s.bias;
#pragma GCC unroll 8
        for (std::size_t v = 0; v < wide; ++v)
            sums[r][v] = start == nullptr ? _mm256_setzero_ps() : _mm256_loadu_ps(start + 8 * v);
    }
    const float* b = s.panel;
    for (const std::int32_t *i = s.index, *end = i + s.count; i != end; ++i, b += s.stride) {
        const std::ptrdiff_t at = *i;
        const __m256 b0 = _mm256_loadu_ps(b);
        const __m256 b1 = _mm256_loadu_ps(b + 8);
        const __m256 b2 = _mm256_loadu_ps(b + s.next);
        const __m256 b3 = _mm256_loadu_ps(b + s.next + 8);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r) {
            const __m256 x = _mm256_broadcast_ss(from[r] + at);
            sums[r][0] = _mm256_fmadd_ps(x, b0, sums[r][0]);
            sums[r][1] = _mm256_fmadd_ps(x, b1, sums[r][1]);
            sums[r][2] = _mm256_fmadd_ps(x, b2, sums[r][2]);
            sums[r][3] = _mm256_fmadd_ps(x, b3, sums[r][3]);
        }
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 8
        for (std::size_t v = 0; v < wide; ++v)
            // The sum second: of a NaN and 0, the second is taken.
            _mm256_storeu_ps(s.to + s.target[r] + 8 * v,
                             s.relu ? _mm256_max_ps(_mm256_setzero_ps(), sums[r][v]) : sums[r][v]);
}

void run_panel(const Strip& s) {
    if (s.columns == panel_width)
        run_tiles<true>(s);
    else
        run_tiles<false>(s);
}

void run_avx2(const Strip& s) {
    if (s.columns <= panel_width) {
        run_panel(s);
        return;
    }
    std::size_t n = 0;
    for (; s.rows <= 3 && (n + 2) * panel_width <= s.columns; n += 2) {
        Strip pair = panel_of(s, n);
        if (s.rows == 3)
            run_pair<3>(pair);
        else if (s.rows == 2)
            run_pair<2>(pair);
        else if (s.rows == 1)
            run_pair<1>(pair);
    }
    for (; n * panel_width < s.columns; ++n)
        run_panel(panel_of(s, n));
}

}  // namespace

const StripKernel* strip_avx2() noexcept {
    static constexpr StripKernel kernel = {"avx2", panel_width, panel_width, 1, run_avx2};
    return has_fma() ? &kernel : nullptr;
}

#else

}  // namespace

const StripKernel* strip_avx2() noexcept {
    return nullptr;
}

#endif

const StripKernel& strip_kernel() noexcept {
    for (const StripKernel* widest : {strip_avx512(), strip_avx2()})
        if (widest != nullptr)
            return *widest;
    return baseline;
}

}  // namespace plexus::kernels
