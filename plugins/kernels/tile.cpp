#include "kernels/tile.hpp"

#include <array>
#include <cstring>

#include "kernels/dispatch.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace plexus::kernels {
namespace {

constexpr std::size_t panel = 16;
constexpr std::size_t most_rows = 6;

template <std::size_t R>
void run_baseline(const Tile& t) {
    for (std::size_t r = 0; r < R; ++r) {
        std::array<float, panel> sum{};
        if (t.accumulate)
            std::memcpy(sum.data(), t.c[r], t.columns * sizeof(float));
        else if (t.bias != nullptr)
            std::memcpy(sum.data(), t.bias, t.columns * sizeof(float));
        const float* b = t.b;
        for (std::size_t i = 0; i < t.count; ++i, b += t.stride) {
            const float x = t.a[r][t.index[i]];
            for (std::size_t j = 0; j < panel; ++j)
                sum[j] += x * b[j];
        }
        std::memcpy(t.c[r], sum.data(), t.columns * sizeof(float));
    }
}

#if defined(__x86_64__)

[[gnu::target("avx2,fma")]] inline void load_some(const float* from, std::size_t columns, __m256& low, __m256& high) {
    alignas(32) std::array<float, panel> all{};
    std::memcpy(all.data(), from, columns * sizeof(float));
    low = _mm256_load_ps(all.data());
    high = _mm256_load_ps(all.data() + 8);
}

[[gnu::target("avx2,fma")]] inline void store_some(float* to, std::size_t columns, __m256 low, __m256 high) {
    alignas(32) std::array<float, panel> all;
    _mm256_store_ps(all.data(), low);
    _mm256_store_ps(all.data() + 8, high);
    std::memcpy(to, all.data(), columns * sizeof(float));
}

// GCC keeps the sums in memory unless every loop over them is unrolled by order.
template <std::size_t R>
[[gnu::target("avx2,fma")]] void run_avx2(const Tile& t) {
    __m256 low[R];
    __m256 high[R];
    const float* a[R];
    const bool whole = t.columns == panel;
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
        a[r] = t.a[r];
        const float* from = t.accumulate ? t.c[r] : t.bias;
        if (from == nullptr) {
            low[r] = _mm256_setzero_ps();
            high[r] = _mm256_setzero_ps();
        } else if (whole) {
            low[r] = _mm256_loadu_ps(from);
            high[r] = _mm256_loadu_ps(from + 8);
        } else {
            load_some(from, t.columns, low[r], high[r]);
        }
    }
    const float* b = t.b;
    const std::size_t stride = t.stride;
    for (const std::int32_t *i = t.index, *end = i + t.count; i != end; ++i, b += stride) {
        const std::ptrdiff_t at = *i;
        const __m256 b0 = _mm256_loadu_ps(b);
        const __m256 b1 = _mm256_loadu_ps(b + 8);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r) {
            const __m256 x = _mm256_broadcast_ss(a[r] + at);
            low[r] = _mm256_fmadd_ps(x, b0, low[r]);
            high[r] = _mm256_fmadd_ps(x, b1, high[r]);
        }
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
        if (whole) {
            _mm256_storeu_ps(t.c[r], low[r]);
            _mm256_storeu_ps(t.c[r] + 8, high[r]);
        } else {
            store_some(t.c[r], t.columns, low[r], high[r]);
        }
    }
}

void run_avx2_rows(std::size_t rows, const Tile& tile) {
    constexpr std::array run = {run_avx2<1>, run_avx2<2>, run_avx2<3>, run_avx2<4>, run_avx2<5>, run_avx2<6>};
    run[rows - 1](tile);
}

constexpr TileKernel avx2 = {"avx2", most_rows, panel, run_avx2_rows};

#endif

void run_baseline_rows(std::size_t rows, const Tile& tile) {
    constexpr std::array run = {run_baseline<1>, run_baseline<2>, run_baseline<3>,
                                run_baseline<4>, run_baseline<5>, run_baseline<6>};
    run[rows - 1](tile);
}

constexpr TileKernel baseline = {"baseline", most_rows, panel, run_baseline_rows};

}  // namespace

const TileKernel& tile_kernel() noexcept {
#if defined(__x86_64__)
    if (has_avx2() && __builtin_cpu_supports("fma"))
        return avx2;
#endif
    return baseline;
}

}  // namespace plexus::kernels
