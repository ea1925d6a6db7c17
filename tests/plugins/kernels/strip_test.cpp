#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "kernels/strip.hpp"
#include "tests/plugins/kernels/numbers.hpp"

using namespace plexus::kernels;

namespace {

constexpr std::size_t terms = 23;
constexpr std::size_t most = 40;

/// What the kernel made of so many rows and columns, and what one sum after the other gives.
struct Compared {
    std::vector<float> made;
    std::vector<float> wanted;
};

/// Where the numbers of a panel's line lie.
enum class Lines {
    packed,  ///< each panel by itself
    plain,   ///< in a matrix [terms, columns], of which no number more may be read
};

Compared compare(const StripKernel& kernel, Lines lines, std::size_t rows, std::size_t columns, bool accumulate,
                 bool relu) {
    const bool packed = lines == Lines::packed;
    const std::size_t panels = (columns + kernel.columns - 1) / kernel.columns;
    const std::size_t stride = packed ? kernel.columns : columns;
    const std::size_t next = packed ? terms * kernel.columns : kernel.columns;
    const std::vector<float> from = plexus::test::numbers(most * terms, 1);
    const std::vector<float> panel =
        plexus::test::numbers(packed ? panels * terms * kernel.columns : terms * columns, 2);
    const std::vector<float> bias = plexus::test::numbers(columns, 3);
    std::vector<std::int32_t> source(rows), target(rows), index(terms);
    for (std::size_t r = 0; r < rows; ++r) {
        source[r] = static_cast<std::int32_t>((rows - 1 - r) * terms);
        target[r] = static_cast<std::int32_t>(r * (columns + 1));
    }
    std::iota(index.begin(), index.end(), 0);
    Compared both{plexus::test::numbers(rows * (columns + 1), 4), {}};
    both.wanted = both.made;
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c) {
            float& sum = both.wanted[static_cast<std::size_t>(target[r]) + c];
            sum = accumulate ? sum : bias[c];
            const float* line = panel.data() + c / kernel.columns * next + c % kernel.columns;
            for (std::size_t i = 0; i < terms; ++i)
                sum = std::fma(from[static_cast<std::size_t>(source[r]) + i], line[i * stride], sum);
            sum = relu && sum < 0 ? 0.0F : sum;
        }
    kernel.run({.from = from.data(),
                .source = source.data(),
                .to = both.made.data(),
                .target = target.data(),
                .rows = rows,
                .index = index.data(),
                .count = terms,
                .panel = panel.data(),
                .stride = stride,
                .next = next,
                .columns = columns,
                .ahead = packed ? 0 : 2 * kernel.columns,
                .accumulate = accumulate,
                .bias = bias.data(),
                .relu = relu});
    return both;
}

}  // namespace

TEST_CASE("strip: both variants with FMA have the bits of one sum after the other, and write nothing else") {
    for (const StripKernel* kernel : {strip_avx2(), strip_avx512()}) {
        if (kernel == nullptr)
            continue;
        CAPTURE(kernel->name);
        for (const Lines lines : {Lines::packed, Lines::plain})
            for (std::size_t rows = 1; rows < 20; ++rows)
                for (std::size_t columns = 1; columns <= most; ++columns)
                    for (const bool accumulate : {false, true}) {
                        CAPTURE(static_cast<int>(lines));
                        CAPTURE(rows);
                        CAPTURE(columns);
                        const Compared both = compare(*kernel, lines, rows, columns, accumulate, rows % 2 == 0);
                        CHECK(both.made == both.wanted);
                    }
    }
}
