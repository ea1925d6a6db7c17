#include "core/train/fma_limit.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

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

}  // namespace

double fma_limit(std::size_t threads) {
    const Kernel kernel = widest();
    constexpr std::size_t rounds = 4000000;
    std::atomic<float> sink{0};
    double best = 0;
    for (int repeat = 0; repeat < 5; ++repeat) {
        std::vector<std::thread> others;
        const auto start = std::chrono::steady_clock::now();
        for (std::size_t t = 1; t < threads; ++t)
            others.emplace_back([&] { sink.store(kernel.run(rounds), std::memory_order_relaxed); });
        sink.store(kernel.run(rounds), std::memory_order_relaxed);
        for (std::thread& other : others)
            other.join();
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        best = std::max(best, kernel.flops_per_round * static_cast<double>(rounds * threads) / seconds / 1e9);
    }
    return best;
}

}  // namespace plexus
