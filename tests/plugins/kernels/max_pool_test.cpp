#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "kernels/max_pool.hpp"

using namespace plexus;
using namespace plexus::kernels;

namespace {

constexpr std::int64_t channels = 45;  // 16 at a time, then 8, then one by one

constexpr PoolWindow window(bool positive) {
    return {.rows = 2,
            .columns = 3,
            .stride = 5 * channels,
            .channels = channels,
            .place = 4,
            .place_stride = 4,
            .positive = positive};
}

std::uint16_t bits(bfloat16 x) {
    return std::bit_cast<std::uint16_t>(x);
}

/// Numbers of which many are equal, and not all are ordered.
std::vector<bfloat16> values() {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    const std::array<float, 11> some = {1, -1, 0, -0.0F, nan, 2.5F, -nan, infinity, -infinity, 1e-40F, -3};
    std::vector<bfloat16> all;
    std::uint32_t state = 7;
    for (std::int64_t i = 0; i < 2 * 5 * channels; ++i) {
        state = state * 1664525U + 1013904223U;
        all.emplace_back(some[(state >> 16) % some.size()]);
    }
    return all;
}

std::int64_t element(std::int64_t r, std::int64_t s, std::int64_t c) {
    return (r * 5 + s) * channels + c;
}

}  // namespace

TEST_CASE("max_pool: of bfloat16 numbers the largest and its place, cut or not, NaN and zeros of both signs included") {
    const std::vector<bfloat16> x = values();
    for (const bool positive : {false, true}) {
        CAPTURE(positive);
        std::vector<bfloat16> y(channels);
        std::vector<std::uint8_t> argmax(channels);
        max_pool<bfloat16, std::uint8_t>().forward(window(positive), x.data(), y.data(), argmax.data());
        for (std::int64_t c = 0; c < channels; ++c) {
            CAPTURE(c);
            bfloat16 largest = x[static_cast<std::size_t>(c)];
            int place = 4;
            for (std::int64_t r = 0; r < 2; ++r)
                for (std::int64_t s = 0; s < 3; ++s) {
                    const bfloat16 v = x[static_cast<std::size_t>(element(r, s, c))];
                    const auto [a, b] = std::pair{static_cast<float>(largest), static_cast<float>(v)};
                    if (b > a || (std::isnan(b) && !std::isnan(a))) {
                        largest = v;
                        place = 4 + static_cast<int>(4 * r + s);
                    }
                }
            if (positive && static_cast<float>(largest) <= 0) {
                largest = bfloat16{};
                place = 255;
            }
            CHECK(bits(y[static_cast<std::size_t>(c)]) == bits(largest));
            CHECK(argmax[static_cast<std::size_t>(c)] == place);
        }
    }
}

TEST_CASE("max_pool: the gradient of bfloat16 numbers goes to the place, bit for bit, and nowhere else") {
    std::vector<bfloat16> dy = values();
    dy.resize(channels);
    std::vector<std::uint8_t> argmax(channels);
    for (std::size_t c = 0; c < argmax.size(); ++c)
        argmax[c] = std::array<std::uint8_t, 8>{4, 5, 6, 8, 9, 10, 255, 4}[c % 8];
    std::vector<bfloat16> dx(2 * 5 * channels, bfloat16{7.0F});
    max_pool<bfloat16, std::uint8_t>().assign(window(false), dy.data(), argmax.data(), dx.data());
    for (std::int64_t r = 0; r < 2; ++r)
        for (std::int64_t s = 0; s < 5; ++s)
            for (std::int64_t c = 0; c < channels; ++c) {
                const auto i = static_cast<std::size_t>(c);
                const bfloat16 slope = argmax[i] == 4 + 4 * r + s ? dy[i] : bfloat16{};
                CHECK(bits(dx[static_cast<std::size_t>(element(r, s, c))]) == bits(s < 3 ? slope : bfloat16{7.0F}));
            }
}
