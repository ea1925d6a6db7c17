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

/// R rows from `row` on times P panels, the last of them as wide as `last` says.
template <std::size_t R, std::size_t P>
[[gnu::target("avx512f")]] void run_tile(const Strip& s, std::size_t row, __mmask16 last) {
    __m512 sums[R][P];
    const float* from[R];
    const auto mask = [=](std::size_t panel) __attribute__((always_inline)) {
        return panel + 1 == P ? last : static_cast<__mmask16>(0xFFFF);
    };
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
        from[r] = s.from + s.source[row + r];
        // Keeps the pointer in a register: else GCC adds its parts anew for every term.
        asm("" : "+r"(from[r]));
        const float* start = s.accumulate ? s.to + s.target[row + r] : s.bias;
#pragma GCC unroll 2
        for (std::size_t p = 0; p < P; ++p)
            sums[r][p] = start == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(mask(p), start + p * width);
    }
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
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r)
#pragma GCC unroll 2
        for (std::size_t p = 0; p < P; ++p) {
            // The sum second: of a NaN and 0, the second is taken.
            const __m512 sum = s.relu ? _mm512_maskz_max_ps(0xFFFF, _mm512_setzero_ps(), sums[r][p]) : sums[r][p];
            _mm512_mask_storeu_ps(s.to + s.target[row + r] + p * width, mask(p), sum);
        }
}

using Tile = void (*)(const Strip& strip, std::size_t row, __mmask16 last);

template <std::size_t P, std::size_t... R>
constexpr std::array<Tile, most_rows> tiles_of(std::index_sequence<R...>) noexcept {
    return {run_tile<R + 1, P>...};
}

/// By the number of panels and of rows, each less 1.
constexpr std::array<std::array<Tile, most_rows>, 2> tiles = {tiles_of<1>(std::make_index_sequence<most_rows>{}),
                                                              tiles_of<2>(std::make_index_sequence<most_rows>{})};

void run(const Strip& s) {
    const Cut rows{s.rows, most_rows};
    Strip part = s;
    for (std::size_t first = 0; first < s.columns;) {
        const std::size_t left = s.columns - first;
        const std::size_t panels = left > width ? 2 : 1;
        const std::size_t in_last = std::min(left - (panels - 1) * width, width);
        const auto last = static_cast<__mmask16>((1U << in_last) - 1);
        for (std::size_t tile = 0; tile < rows.pieces; ++tile)
            tiles[panels - 1][rows.size(tile) - 1](part, rows.begin(tile), last);
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
