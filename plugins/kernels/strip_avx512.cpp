#include <algorithm>
#include <array>
#include <utility>

#include "kernels/dispatch.hpp"
#include "kernels/strip.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace plexus::kernels {

#if defined(__x86_64__)

namespace {

constexpr std::size_t width = 16;     // floats of a vector, and of a panel
constexpr std::size_t most_rows = 8;  // times two panels: sums enough to hide how long a product takes

/// Of the last panel the floats that `last` has; all of the others. Some processors take several times as long to store
/// with a mask, even where it leaves nothing out.
template <bool some>
[[gnu::target("avx512f"), gnu::always_inline]] inline __m512 load_line(const float* from, __mmask16 last) {
    return some ? _mm512_maskz_loadu_ps(last, from) : _mm512_loadu_ps(from);
}

template <bool some>
[[gnu::target("avx512f"), gnu::always_inline]] inline void store_line(float* to, __mmask16 last, __m512 line) {
    if constexpr (some)
        _mm512_mask_storeu_ps(to, last, line);
    else
        _mm512_storeu_ps(to, line);
}

/// Where the sums of R rows and P panels begin.
template <std::size_t R, std::size_t P, bool whole>
[[gnu::target("avx512f"), gnu::always_inline]] inline void start_sums(const Strip& s, const std::int32_t* target,
                                                                      __mmask16 last, __m512 (&sums)[R][P]) {
    if (s.accumulate) {
        const float* const to = s.to;
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r) {
            if constexpr (P == 2)
                sums[r][0] = _mm512_loadu_ps(to + target[r]);
            sums[r][P - 1] = load_line<!whole>(to + target[r] + (P - 1) * width, last);
        }
        return;
    }
    __m512 line[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    if (const float* const bias = s.bias; bias != nullptr) {
        line[0] = load_line < !whole && P == 1 > (bias, last);
        if constexpr (P == 2)
            line[1] = load_line<!whole>(bias + width, last);
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 2
        for (std::size_t p = 0; p < P; ++p)
            sums[r][p] = line[p];
}

template <std::size_t R, std::size_t P, bool whole>
[[gnu::target("avx512f"), gnu::always_inline]] inline void store_sums(const Strip& s, const std::int32_t* target,
                                                                      __mmask16 last, __m512 (&sums)[R][P]) {
    if (s.relu) {
        // The sum second: of a NaN and 0, the second is taken.
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 2
            for (std::size_t p = 0; p < P; ++p)
                sums[r][p] = _mm512_maskz_max_ps(0xFFFF, _mm512_setzero_ps(), sums[r][p]);
    }
    float* const to = s.to;
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
        float* const line = to + target[r];
        if constexpr (P == 2)
            _mm512_storeu_ps(line, sums[r][0]);
        store_line<!whole>(line + (P - 1) * width, last, sums[r][P - 1]);
    }
}

/// R rows from `row` on times P panels; the last of them is whole, or as wide as `last` says. All that a strip says is
/// read before the sums are written: the compiler must take it for changed afterwards.
template <std::size_t R, std::size_t P, bool whole>
[[gnu::target("avx512f")]] void run_tile(const Strip& s, std::size_t row, __mmask16 last) {
    __m512 sums[R][P];
    const float* from[R];
    const std::int32_t* const source = s.source + row;
    const std::int32_t* const target = s.target + row;
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
        from[r] = s.from + source[r];
        // Keeps the pointer in a register: else GCC adds its parts anew for every term.
        asm("" : "+r"(from[r]));
    }
    start_sums<R, P, whole>(s, target, last, sums);
    const float* b = s.panel;
    const std::size_t stride = s.stride;
    const std::size_t next = s.next;
    for (const std::int32_t *i = s.index, *end = i + s.count; i != end; ++i, b += stride) {
        const std::ptrdiff_t at = *i;
        __m512 line[P];
#pragma GCC unroll 2
        for (std::size_t p = 0; p < P; ++p)
            line[p] = _mm512_loadu_ps(b + p * next);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r) {
            const __m512 x = _mm512_set1_ps(from[r][at]);
#pragma GCC unroll 2
            for (std::size_t p = 0; p < P; ++p)
                sums[r][p] = _mm512_fmadd_ps(x, line[p], sums[r][p]);
        }
    }
    store_sums<R, P, whole>(s, target, last, sums);
}

using Tile = void (*)(const Strip& strip, std::size_t row, __mmask16 last);

template <std::size_t P, bool whole, std::size_t... R>
constexpr std::array<Tile, most_rows> tiles_of(std::index_sequence<R...>) noexcept {
    return {run_tile<R + 1, P, whole>...};
}

/// By whether all panels are whole, the number of panels, and that of rows, each less 1.
constexpr std::array<std::array<std::array<Tile, most_rows>, 2>, 2> tiles = {
    {{tiles_of<1, false>(std::make_index_sequence<most_rows>{}),
      tiles_of<2, false>(std::make_index_sequence<most_rows>{})},
     {tiles_of<1, true>(std::make_index_sequence<most_rows>{}),
      tiles_of<2, true>(std::make_index_sequence<most_rows>{})}}};

void run(const Strip& s) {
    const Cut rows{s.rows, most_rows};
    Strip part = s;
    for (std::size_t first = 0; first < s.columns;) {
        const std::size_t left = s.columns - first;
        const std::size_t panels = left > width ? 2 : 1;
        const std::size_t in_last = std::min(left - (panels - 1) * width, width);
        const auto last = static_cast<__mmask16>((1U << in_last) - 1);
        for (std::size_t tile = 0; tile < rows.pieces; ++tile)
            tiles[in_last == width][panels - 1][rows.size(tile) - 1](part, rows.begin(tile), last);
        first += panels * width;
        part.panel += panels * s.next;
        part.to += panels * width;
        if (part.bias != nullptr)
            part.bias += panels * width;
    }
}

}  // namespace

const StripKernel* strip_avx512() noexcept {
    static constexpr StripKernel kernel = {"avx512", width, 2, run};
    return has_avx512() ? &kernel : nullptr;
}

#else

const StripKernel* strip_avx512() noexcept {
    return nullptr;
}

#endif

}  // namespace plexus::kernels
