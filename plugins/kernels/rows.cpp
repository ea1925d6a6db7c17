#include "kernels/rows.hpp"

#include <bit>
#include <cstdint>
#include <type_traits>

#include "kernels/elementwise.hpp"

namespace plexus::kernels {
namespace {

/// Two vectors of neighbours: of float as they lie, of bfloat16 the even and the odd ones, as which they take no more
/// than a shift and a mask.
/// @{
[[gnu::always_inline]] inline void load_two(const float* from, Floats& first, Floats& second) {
    first = load(from);
    second = load(from + lanes);
}

[[gnu::always_inline]] inline void load_two(const bfloat16* from, Floats& even, Floats& odd) {
    Vector<std::uint32_t> pairs;
    __builtin_memcpy(&pairs, from, sizeof pairs);
    even = std::bit_cast<Floats>(pairs << 16);
    odd = std::bit_cast<Floats>(pairs & 0xFFFF0000U);
}

template <class T>
[[gnu::always_inline]] inline void store_two(float* to, const Floats& first, const Floats& second) {
    constexpr std::size_t step = std::is_same_v<T, float> ? 1 : 2;
    for (std::size_t i = 0; i < lanes; ++i) {
        to[step * i] = first[i];
        to[step == 1 ? lanes + i : 2 * i + 1] = second[i];
    }
}
/// @}

template <class T>
void sum_rows_of(const T* x, std::size_t rows, std::size_t columns, float* sums) noexcept {
    dispatch([=]() __attribute__((always_inline)) {
        constexpr std::size_t wide = 4 * lanes;
        std::size_t c = 0;
        for (; c + wide <= columns; c += wide) {
            Floats a{}, b{}, d{}, e{};
            for (const T *at = x + c, *end = at + rows * columns; at != end; at += columns) {
                Floats p, q, r, s;
                load_two(at, p, q);
                load_two(at + 2 * lanes, r, s);
                a += p;
                b += q;
                d += r;
                e += s;
            }
            store_two<T>(sums + c, a, b);
            store_two<T>(sums + c + 2 * lanes, d, e);
        }
        for (; c + lanes <= columns; c += lanes) {
            Floats sum{};
            for (const T *at = x + c, *end = at + rows * columns; at != end; at += columns)
                sum += load(at);
            store(sums + c, sum);
        }
        for (; c < columns; ++c) {
            float sum = 0;
            for (std::size_t r = 0; r < rows; ++r)
                sum += static_cast<float>(x[r * columns + c]);
            sums[c] = sum;
        }
    });
}

template <class T>
void cut_negative_of(T* x, std::size_t count) noexcept {
    apply(
        [](const Floats& from, Floats& to) __attribute__((always_inline)) { to = from < 0.0F ? Floats{} : from; },
        count, static_cast<const T*>(x), x);
}

template <class T>
void add_to_rows_of(const float* row, std::size_t rows, std::size_t columns, T* x) noexcept {
    dispatch([=]() __attribute__((always_inline)) {
        for (std::size_t r = 0; r < rows; ++r)
            sweep(
                [](const Floats& a, Floats& b) __attribute__((always_inline)) { b += a; }, columns, row,
                x + r * columns);
    });
}

}  // namespace

void sum_rows(const float* x, std::size_t rows, std::size_t columns, float* sums) noexcept {
    sum_rows_of(x, rows, columns, sums);
}

void sum_rows(const bfloat16* x, std::size_t rows, std::size_t columns, float* sums) noexcept {
    sum_rows_of(x, rows, columns, sums);
}

void cut_negative(float* x, std::size_t count) noexcept {
    cut_negative_of(x, count);
}

void cut_negative(bfloat16* x, std::size_t count) noexcept {
    cut_negative_of(x, count);
}

void add_to_rows(const float* row, std::size_t rows, std::size_t columns, float* x) noexcept {
    add_to_rows_of(row, rows, columns, x);
}

void add_to_rows(const float* row, std::size_t rows, std::size_t columns, bfloat16* x) noexcept {
    add_to_rows_of(row, rows, columns, x);
}

}  // namespace plexus::kernels
