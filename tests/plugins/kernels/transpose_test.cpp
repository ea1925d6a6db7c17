#include "plugins/kernels/transpose.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "tests/plugins/kernels/numbers.hpp"

namespace plexus::test {

TEST_CASE("transpose: every element is in its place, and nothing else is written") {
    constexpr std::size_t most = 19, from_line = 23, to_line = 21;
    const std::vector<float> from = numbers(most * from_line, 1);
    for (std::size_t rows = 0; rows <= most; ++rows)
        for (std::size_t columns = 0; columns <= most; ++columns) {
            CAPTURE(rows);
            CAPTURE(columns);
            std::vector<float> to(most * to_line, 9.0F);
            std::vector<float> wanted = to;
            for (std::size_t r = 0; r < rows; ++r)
                for (std::size_t c = 0; c < columns; ++c)
                    wanted[c * to_line + r] = from[r * from_line + c];
            kernels::transpose(from.data(), from_line, rows, columns, to.data(), to_line);
            CHECK(to == wanted);
        }
}

}  // namespace plexus::test
