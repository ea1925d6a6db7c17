#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "kernels/moments.hpp"

using namespace plexus::kernels;

namespace {

constexpr std::size_t rows = 37;

std::vector<float> numbers(std::size_t channels, float offset) {
    std::vector<float> x;
    for (std::size_t i = 0; i < rows * channels; ++i)
        x.push_back(offset + static_cast<float>((i * 37) % 101) / 64);
    return x;
}

void check(const std::vector<float>& x, std::size_t channels, const std::vector<double>& moments) {
    CHECK(moments[0] == rows);
    for (std::size_t c = 0; c < channels; ++c) {
        double mean = 0;
        double squares = 0;
        for (std::size_t r = 0; r < rows; ++r)
            mean += x[r * channels + c] / static_cast<double>(rows);
        for (std::size_t r = 0; r < rows; ++r)
            squares += (x[r * channels + c] - mean) * (x[r * channels + c] - mean);
        CHECK(moments[1 + c] == doctest::Approx(mean).epsilon(1e-13));
        CHECK(moments[1 + channels + c] == doctest::Approx(squares).epsilon(1e-9));
    }
}

}  // namespace

TEST_CASE("moments: of all rows, and merged from parts, agree with two passes in double, far from 0 too") {
    for (const std::size_t channels : {1, 3, 8, 21})
        for (const float offset : {0.0F, 65536.0F}) {
            CAPTURE(channels);
            CAPTURE(offset);
            const auto x = numbers(channels, offset);
            std::vector<double> whole(moments_size(channels));
            moments(x.data(), rows, channels, whole);
            check(x, channels, whole);
            for (const std::size_t cut : {0, 1, 20, 37}) {
                std::vector<double> first(moments_size(channels)), second(moments_size(channels));
                moments(x.data(), cut, channels, first);
                moments(x.data() + cut * channels, rows - cut, channels, second);
                merge_moments(first, second);
                check(x, channels, first);
            }
        }
}
