#include "kernels/transpose.hpp"

#include "kernels/dispatch.hpp"
#include "kernels/vector.hpp"

namespace plexus::kernels {
namespace {

/// Of two vectors, their quarters' first, or last, pairs of numbers, alternately.
[[gnu::always_inline]] inline Floats low(const Floats& a, const Floats& b) {
    return __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
}
[[gnu::always_inline]] inline Floats high(const Floats& a, const Floats& b) {
    return __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
}
/// Of two vectors, the first, or last, pair of each half.
[[gnu::always_inline]] inline Floats low_pairs(const Floats& a, const Floats& b) {
    return __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
}
[[gnu::always_inline]] inline Floats high_pairs(const Floats& a, const Floats& b) {
    return __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
}

/// Eight rows of eight.
[[gnu::always_inline]] inline void transpose_block(const float* from, std::size_t from_line, float* to,
                                                   std::size_t to_line) {
    Floats pair[lanes];
    for (std::size_t r = 0; r < lanes; r += 2) {
        const Floats a = load(from + r * from_line);
        const Floats b = load(from + (r + 1) * from_line);
        pair[r] = low(a, b);
        pair[r + 1] = high(a, b);
    }
    // Columns c and c + 4 of rows 0 to 3, and of rows 4 to 7.
    Floats four[lanes];
    for (std::size_t r = 0; r < lanes; r += 4)
        for (std::size_t c = 0; c < 2; ++c) {
            four[r + 2 * c] = low_pairs(pair[r + c], pair[r + 2 + c]);
            four[r + 2 * c + 1] = high_pairs(pair[r + c], pair[r + 2 + c]);
        }
    for (std::size_t c = 0; c < 4; ++c) {
        const Floats& upper = four[c];
        const Floats& lower = four[4 + c];
        store(to + c * to_line, __builtin_shufflevector(upper, lower, 0, 1, 2, 3, 8, 9, 10, 11));
        store(to + (c + 4) * to_line, __builtin_shufflevector(upper, lower, 4, 5, 6, 7, 12, 13, 14, 15));
    }
}

}  // namespace

void transpose(const float* from, std::size_t from_line, std::size_t rows, std::size_t columns, float* to,
               std::size_t to_line) noexcept {
    dispatch([=]() __attribute__((always_inline)) {
        const std::size_t whole_rows = rows / lanes * lanes;
        const std::size_t whole_columns = columns / lanes * lanes;
        // In this order a cache line is written at once.
        for (std::size_t c = 0; c < whole_columns; c += lanes)
            for (std::size_t r = 0; r < whole_rows; r += lanes)
                transpose_block(from + r * from_line + c, from_line, to + c * to_line + r, to_line);
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t c = r < whole_rows ? whole_columns : 0; c < columns; ++c)
                to[c * to_line + r] = from[r * from_line + c];
    });
}

}  // namespace plexus::kernels
