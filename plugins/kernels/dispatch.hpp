// Runs one loop body with the widest vector instructions of this machine, chosen while the program runs.
#pragma once
#include <strings.h>

#include <cstdlib>
#include <initializer_list>
#include <string_view>
#include <type_traits>
#include <utility>

namespace plexus::kernels {

namespace detail {

/// True where the environment caps oneDNN at one of these instruction sets (ONEDNN_MAX_CPU_ISA or DNNL_MAX_CPU_ISA,
/// which the loader sets for `--isa`).
inline bool is_capped_at(std::initializer_list<std::string_view> sets) noexcept {
    for (const char* name : {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"})
        if (const char* value = std::getenv(name))
            for (const std::string_view set : sets)
                if (::strcasecmp(value, set.data()) == 0)
                    return true;
    return false;
}

}  // namespace detail

/// True where the processor has AVX2 and the environment does not cap oneDNN below it. The same answer for the whole
/// life of the process.
[[nodiscard]] inline bool has_avx2() noexcept {
    static const bool answer = !detail::is_capped_at({"SSE41", "AVX"}) && __builtin_cpu_supports("avx2") != 0;
    return answer;
}

/// has_avx2() of AVX-512, as all processors have it that have more than its foundation.
[[nodiscard]] inline bool has_avx512() noexcept {
    static const bool answer = !detail::is_capped_at({"SSE41", "AVX", "AVX2", "AVX2_VNNI"}) &&
                               __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                               __builtin_cpu_supports("avx512vl") != 0;
    return answer;
}

/// has_avx2() and fused products and sums. Also the same answer for the whole life of the process.
[[nodiscard]] inline bool has_fma() noexcept {
    return has_avx2() && __builtin_cpu_supports("fma") != 0;
}

namespace detail {

// Without FMA, on purpose: a product and a sum that are rounded apart give the same bits in both variants.
template <class Body>
[[gnu::target("avx2"), gnu::noinline]] void run_avx2(Body body) {
    body();
}

template <class Body>
[[gnu::target("avx2,fma"), gnu::noinline]] void run_fused(Body body) {
    body();
}

template <class Body>
[[gnu::noinline]] void run_baseline(Body body) {
    body();
}

template <class Body>
[[gnu::target("avx512f,fma"), gnu::noinline]] void run_wide(Body body) {
    body(std::true_type{});
}

template <class Body>
[[gnu::target("avx2,fma"), gnu::noinline]] void run_narrow_fused(Body body) {
    body(std::false_type{});
}

template <class Body>
[[gnu::noinline]] void run_narrow(Body body) {
    body(std::false_type{});
}

}  // namespace detail

/// Calls `body()`, compiled twice: for AVX2 and for the baseline. What it calls must be inlined into it, so the body is
/// a lambda with `__attribute__((always_inline))` that captures by value, and so are the functions below it:
///     dispatch([=]() __attribute__((always_inline)) { for (...) sweep(...); });
template <class Body>
void dispatch(Body body) {
    if (has_avx2())
        detail::run_avx2(std::move(body));
    else
        detail::run_baseline(std::move(body));
}

/// dispatch() for loops that are bound by their products: where the machine has FMA, a product is not rounded before it
/// is added, so the two variants differ in bits.
template <class Body>
void dispatch_fused(Body body) {
    if (has_fma())
        detail::run_fused(std::move(body));
    else
        detail::run_baseline(std::move(body));
}

/// dispatch_fused() for loops that keep more values than sixteen registers hold. Calls `body(wide)`: with
/// std::true_type for AVX-512, where vectors of 16 floats lie in registers, else with std::false_type.
///     dispatch_wide([=](auto wide) __attribute__((always_inline)) { ... });
template <class Body>
void dispatch_wide(Body body) {
    if (has_avx512() && has_fma())
        detail::run_wide(std::move(body));
    else if (has_fma())
        detail::run_narrow_fused(std::move(body));
    else
        detail::run_narrow(std::move(body));
}

}  // namespace plexus::kernels
