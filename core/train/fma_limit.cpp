#include "core/train/fma_limit.hpp"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "core/train/together.hpp"

namespace plexus {
namespace {

// Twelve independent sums hide the latency of the unit; the vector type is the widest that the processor has.
template <int bytes>
struct Vector {
    typedef float type __attribute__((vector_size(bytes)));
};

template <int bytes>
[[gnu::always_inline]] inline float multiply_add(std::size_t rounds) {
    using V = typename Vector<bytes>::type;
    V sums[12];
    const V a = V{} + 0.999F, b = V{} + 1e-6F;
    for (auto& s : sums)
        s = V{} + 1.0F;
    for (std::size_t r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
        for (int i = 0; i < 12; ++i)
            sums[i] = sums[i] * a + b;
    }
    V total = sums[0];
    for (int i = 1; i < 12; ++i)
        total += sums[i];
    return total[0];
}

__attribute__((target("avx512f"))) float with_avx512(std::size_t rounds) {
    return multiply_add<64>(rounds);
}
__attribute__((target("avx2,fma"))) float with_avx2(std::size_t rounds) {
    return multiply_add<32>(rounds);
}
float plain(std::size_t rounds) {
    return multiply_add<16>(rounds);
}

struct Kernel {
    float (*run)(std::size_t);
    double flops_per_round;
};

Kernel widest() {
    if (__builtin_cpu_supports("avx512f"))
        return {with_avx512, 12.0 * 16 * 2};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return {with_avx2, 12.0 * 8 * 2};
    return {plain, 12.0 * 4 * 2};
}

double seconds_of(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// What one thread did: how long it had a processor, of how long it wanted one.
struct Turn {
    double ran = 0;
    double wanted = 0;
};

}  // namespace

FmaLimit fma_limit(std::size_t threads) {
    const Kernel kernel = widest();
    constexpr std::size_t rounds = 4000000;
    std::atomic<float> sink{0};
    std::vector<Turn> turns(threads);
    FmaLimit limit;
    for (int repeat = 0; repeat < 5; ++repeat) {
        const double seconds = seconds_together(threads, [&](std::size_t t) {
            const double start = seconds_of(CLOCK_MONOTONIC), start_running = seconds_of(CLOCK_THREAD_CPUTIME_ID);
            sink.store(kernel.run(rounds), std::memory_order_relaxed);
            turns[t].ran += seconds_of(CLOCK_THREAD_CPUTIME_ID) - start_running;
            turns[t].wanted += seconds_of(CLOCK_MONOTONIC) - start;
        });
        limit.gflops =
            std::max(limit.gflops, kernel.flops_per_round * static_cast<double>(rounds * threads) / seconds / 1e9);
    }
    Turn all;
    for (const Turn& turn : turns)
        all = {all.ran + turn.ran, all.wanted + turn.wanted};
    limit.taken = std::max(0.0, 1 - all.ran / all.wanted);
    return limit;
}

}  // namespace plexus
