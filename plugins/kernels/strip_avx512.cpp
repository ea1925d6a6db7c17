#include <algorithm>
#include <array>
#include <utility>

#include "kernels/avx512.hpp"
#include "kernels/dispatch.hpp"
#include "kernels/strip.hpp"

namespace plexus::kernels {

#if defined(__x86_64__)

namespace {

#define PLEXUS_AVX512 gnu::target("avx512f,avx512vl,fma"), gnu::always_inline

constexpr std::size_t width = 16;     // floats of a vector, and of a panel
constexpr std::size_t half = 8;       // of which the last panel has no more: these take some processors half the time
constexpr std::size_t most_rows = 8;  // times two panels: sums enough to hide how long a product takes

template <class V>
[[PLEXUS_AVX512]] inline V zeros();
template <>
[[PLEXUS_AVX512]] inline __m512 zeros<__m512>() {
    return _mm512_setzero_ps();
}
template <>
[[PLEXUS_AVX512]] inline __m256 zeros<__m256>() {
    return _mm256_setzero_ps();
}

[[PLEXUS_AVX512]] inline void load(const float* from, __m512& line) {
    line = _mm512_loadu_ps(from);
}
[[PLEXUS_AVX512]] inline void load(const float* from, __m256& line) {
    line = _mm256_loadu_ps(from);
}
[[PLEXUS_AVX512]] inline void load(const float* from, __mmask16 some, __m512& line) {
    line = _mm512_maskz_loadu_ps(some, from);
}
[[PLEXUS_AVX512]] inline void load(const float* from, __mmask16 some, __m256& line) {
    line = _mm256_maskz_loadu_ps(static_cast<__mmask8>(some), from);
}

[[PLEXUS_AVX512]] inline void store(float* to, __m512 line) {
    _mm512_storeu_ps(to, line);
}
[[PLEXUS_AVX512]] inline void store(float* to, __m256 line) {
    _mm256_storeu_ps(to, line);
}
[[PLEXUS_AVX512]] inline void store(float* to, __mmask16 some, __m512 line) {
    _mm512_mask_storeu_ps(to, some, line);
}
[[PLEXUS_AVX512]] inline void store(float* to, __mmask16 some, __m256 line) {
    _mm256_mask_storeu_ps(to, static_cast<__mmask8>(some), line);
}

[[PLEXUS_AVX512]] inline void add_product(__m512 x, __m512 line, __m512& sum) {
    sum = _mm512_fmadd_ps(x, line, sum);
}
[[PLEXUS_AVX512]] inline void add_product(__m512 x, __m256 line, __m256& sum) {
    sum = _mm256_fmadd_ps(_mm512_castps512_ps256(x), line, sum);
}

// The sum second: of a NaN and 0, the second is taken.
[[PLEXUS_AVX512]] inline void cut(__m512& sum) {
    sum = _mm512_maskz_max_ps(0xFFFF, _mm512_setzero_ps(), sum);
}
[[PLEXUS_AVX512]] inline void cut(__m256& sum) {
    sum = _mm256_max_ps(_mm256_setzero_ps(), sum);
}

/// R rows of P panels. The last panel has a vector V of columns: all of it if `whole`, else those that a mask has. Some
/// processors take several times as long to store with a mask, even where it leaves nothing out.
template <std::size_t R, std::size_t P, class V, bool whole>
struct Sums {
    static constexpr std::size_t last_column = (P - 1) * width;
    __m512 first[R];  ///< if there are two panels
    V last[R];

    [[PLEXUS_AVX512]] static void load_last(const float* from, __mmask16 some, V& line) {
        if constexpr (whole)
            load(from, line);
        else
            load(from, some, line);
    }

    [[PLEXUS_AVX512]] void start(const Strip& s, const std::int32_t* target, __mmask16 some) {
        if (s.accumulate) {
            const float* const to = s.to;
#pragma GCC unroll 8
            for (std::size_t r = 0; r < R; ++r) {
                if constexpr (P == 2)
                    load(to + target[r], first[r]);
                load_last(to + target[r] + last_column, some, last[r]);
            }
            return;
        }
        __m512 line = zeros<__m512>();
        V last_line = zeros<V>();
        if (const float* const bias = s.bias; bias != nullptr) {
            if constexpr (P == 2)
                load(bias, line);
            load_last(bias + last_column, some, last_line);
        }
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r) {
            if constexpr (P == 2)
                first[r] = line;
            last[r] = last_line;
        }
    }

    [[PLEXUS_AVX512]] void finish(const Strip& s, const std::int32_t* target, __mmask16 some) {
        if (s.relu) {
#pragma GCC unroll 8
            for (std::size_t r = 0; r < R; ++r) {
                if constexpr (P == 2)
                    cut(first[r]);
                cut(last[r]);
            }
        }
        float* const to = s.to;
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r) {
            float* const line = to + target[r];
            if constexpr (P == 2)
                store(line, first[r]);
            if constexpr (whole)
                store(line + last_column, last[r]);
            else
                store(line + last_column, some, last[r]);
        }
    }
};

/// Rows from `row` on. All that a strip says is read before the sums are written: the compiler must take it for changed
/// afterwards.
template <std::size_t R, std::size_t P, class V, bool whole, bool fetches>
[[gnu::target("avx512f,avx512vl,fma")]] void run_tile(const Strip& s, std::size_t row, __mmask16 some) {
    Sums<R, P, V, whole> sums;
    const float* from[R];
    const std::int32_t* const source = s.source + row;
    const std::int32_t* const target = s.target + row;
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
        from[r] = s.from + source[r];
        // Keeps the pointer in a register: else GCC adds its parts anew for every term.
        asm("" : "+r"(from[r]));
    }
    sums.start(s, target, some);
    const float* b = s.panel;
    const std::size_t stride = s.stride;
    const std::size_t next = P == 2 ? s.next : 0;
    const std::size_t ahead = s.ahead;
    for (const std::int32_t *i = s.index, *end = i + s.count; i != end; ++i, b += stride) {
        if constexpr (fetches) {
            const float* soon = b + ahead;
            asm("" : "+r"(soon));  // else GCC keeps more sums of addresses than there are registers
            _mm_prefetch(soon, _MM_HINT_T1);
            if constexpr (P == 2)
                _mm_prefetch(soon + next, _MM_HINT_T1);
        }
        const std::ptrdiff_t at = *i;
        __m512 line = zeros<__m512>();
        V last;
        if constexpr (P == 2)
            load(b, line);
        sums.load_last(b + next, some, last);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r) {
            const __m512 x = _mm512_set1_ps(from[r][at]);
            if constexpr (P == 2)
                add_product(x, line, sums.first[r]);
            add_product(x, last, sums.last[r]);
        }
    }
    sums.finish(s, target, some);
}

#undef PLEXUS_AVX512

using Tile = void (*)(const Strip& strip, std::size_t row, __mmask16 some);
using Tiles = std::array<std::array<Tile, most_rows>, 2>;

template <class V, bool whole, bool fetches, std::size_t... R>
constexpr Tiles tiles_of(std::index_sequence<R...>) noexcept {
    return {{{run_tile<R + 1, 1, V, whole, fetches>...}, {run_tile<R + 1, 2, V, whole, fetches>...}}};
}

/// By the number of panels and that of rows, each less 1, for `columns` of the last panel.
const Tiles& tiles_for(std::size_t columns, bool fetches) noexcept {
    constexpr std::make_index_sequence<most_rows> rows;
    static constexpr Tiles all = tiles_of<__m512, true, false>(rows);
    static constexpr Tiles all_fetching = tiles_of<__m512, true, true>(rows);
    static constexpr Tiles most = tiles_of<__m512, false, false>(rows);
    static constexpr Tiles first_half = tiles_of<__m256, true, false>(rows);
    static constexpr Tiles few = tiles_of<__m256, false, false>(rows);
    if (columns == width)
        return fetches ? all_fetching : all;
    if (columns > half)
        return most;
    return columns == half ? first_half : few;
}

void run(const Strip& s) {
    const Cut rows{s.rows, most_rows};
    Strip part = s;
    for (std::size_t first = 0; first < s.columns;) {
        const std::size_t left = s.columns - first;
        const std::size_t panels = left > width ? 2 : 1;
        const std::size_t in_last = std::min(left - (panels - 1) * width, width);
        const auto some = static_cast<__mmask16>((1U << in_last) - 1);
        const auto& tiles = tiles_for(in_last, s.ahead != 0)[panels - 1];
        for (std::size_t tile = 0; tile < rows.pieces; ++tile)
            tiles[rows.size(tile) - 1](part, rows.begin(tile), some);
        first += panels * width;
        part.panel += panels * s.next;
        part.to += panels * width;
        if (part.bias != nullptr)
            part.bias += panels * width;
    }
}

}  // namespace

const StripKernel* strip_avx512() noexcept {
    static constexpr StripKernel kernel = {"avx512", width, half, 2, run};
    return has_avx512() ? &kernel : nullptr;
}

#else

const StripKernel* strip_avx512() noexcept {
    return nullptr;
}

#endif

}  // namespace plexus::kernels
