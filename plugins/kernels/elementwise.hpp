// Loops over equal places of several arrays, eight places at a time, with the same bits wherever a slice begins or
// ends.
#pragma once
#include <cstddef>
#include <type_traits>

#include "kernels/dispatch.hpp"
#include "kernels/vector.hpp"

namespace plexus::kernels {

/// Calls `op(x0, x1, ...)` with references to vectors of equal places of all arrays, and writes those of arrays that
/// are not const back. Arrays may be the same, but may not overlap otherwise. Inline: for use inside dispatch().
template <class Op, class... T>
[[gnu::always_inline]] inline void sweep(const Op& op, std::size_t n, T*... arrays) {
    constexpr auto put = [](auto* to, const auto& v, std::size_t count) __attribute__((always_inline)) {
        if constexpr (!std::is_const_v<std::remove_pointer_t<decltype(to)>>) {
            if (count == lanes)
                store(to, v);
            else
                store_some(to, v, count);
        }
    };
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes) {
        [&](auto&&... v) __attribute__((always_inline)) {
            op(v...);
            (put(arrays + i, v, lanes), ...);
        }
        (load(static_cast<const T*>(arrays + i))...);
    }
    if (const std::size_t rest = n - i; rest > 0) {
        [&](auto&&... v) __attribute__((always_inline)) {
            op(v...);
            (put(arrays + i, v, rest), ...);
        }
        (load_some(static_cast<const T*>(arrays + i), rest)...);
    }
}

/// The sum in double of `op(x0, x1, ...)`, which gives Doubles, over all places; in an order that only n decides. Lanes
/// beyond the end do not count, whatever they give. Inline: for use inside dispatch().
template <class Op, class... T>
[[gnu::always_inline]] inline double sum_over(const Op& op, std::size_t n, const T*... arrays) {
    HalfDoubles low{}, high{};
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes) {
        const Doubles terms = op(load(arrays + i)...);
        low += lower(terms);
        high += upper(terms);
    }
    if (i < n) {
        const Doubles terms = op(load_some(arrays + i, n - i)...);
        Doubles counting{};
        for (std::size_t lane = 0; lane < n - i; ++lane)
            counting[lane] = terms[lane];
        low += lower(counting);
        high += upper(counting);
    }
    const HalfDoubles both = low + high;
    return (both[0] + both[2]) + (both[1] + both[3]);
}

/// The sum of n values in double.
[[nodiscard]] inline double sum_in_double(const float* x, std::size_t n) {
    double sum = 0;
    double* const result = &sum;
    dispatch([=]() __attribute__((always_inline)) {
        *result = sum_over(
            [](const Floats& v) __attribute__((always_inline)) { return to_doubles(v); }, n, x);
    });
    return sum;
}

/// sweep() inside dispatch(): one whole loop. `op` is a lambda with `__attribute__((always_inline))` that captures by
/// value:
///     apply([=](const Floats& x, Floats& y) __attribute__((always_inline)) { y = 2.0F * x; }, n, x, y);
template <class Op, class... T>
void apply(Op op, std::size_t n, T*... arrays) {
    dispatch([=]() __attribute__((always_inline)) { sweep(op, n, arrays...); });
}

/// apply() inside dispatch_fused().
template <class Op, class... T>
void apply_fused(Op op, std::size_t n, T*... arrays) {
    dispatch_fused([=]() __attribute__((always_inline)) { sweep(op, n, arrays...); });
}

/// Calls `use(T{})` with the C++ type of floats in memory: float or bfloat16.
template <class Use>
void with_type_of(Element element, const Use& use) {
    if (element == Element::bfloat16)
        use(bfloat16{});
    else
        use(float{});
}

}  // namespace plexus::kernels
