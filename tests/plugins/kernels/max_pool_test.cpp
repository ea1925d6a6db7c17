#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/max_pool.hpp"

using namespace plexus;
using namespace plexus::kernels;

namespace {

// Vectors of 32, 16 and 8, and channels that fill none: all of them, some, and too few for any.
constexpr std::array<std::int64_t, 3> channel_counts = {45, 96, 7};
constexpr std::int64_t image_columns = 5;

PoolWindow window(std::int64_t channels, bool positive) {
    return {.rows = 2,
            .columns = 3,
            .stride = image_columns * channels,
            .channels = channels,
            .place = 4,
            .place_stride = 4,
            .positive = positive};
}

template <class T>
bool same_bits(const T& a, const T& b) {
    return std::memcmp(&a, &b, sizeof a) == 0;
}

/// Numbers of which many are equal, and not all are ordered; two rows of an image.
template <class T>
std::vector<T> values(std::int64_t channels) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    const std::array<float, 11> some = {1, -1, 0, -0.0F, nan, 2.5F, -nan, infinity, -infinity, 1e-40F, -3};
    std::vector<T> all;
    std::uint32_t state = 7;
    for (std::int64_t i = 0; i < 2 * image_columns * channels; ++i) {
        state = state * 1664525U + 1013904223U;
        all.emplace_back(some[(state >> 16) % some.size()]);
    }
    return all;
}

/// Places in the window of values(): each, none, and one again.
template <class Index>
std::vector<Index> places(std::int64_t channels) {
    std::vector<Index> all;
    for (std::int64_t c = 0; c < channels; ++c)
        all.push_back(static_cast<Index>(
            std::array<std::int32_t, 8>{4, 5, 6, 8, 9, 10, no_place<Index>, 4}[static_cast<std::size_t>(c % 8)]));
    return all;
}

template <class T>
const T& at(const std::vector<T>& image, std::int64_t channels, std::int64_t r, std::int64_t s, std::int64_t c) {
    return image[static_cast<std::size_t>((r * image_columns + s) * channels + c)];
}

template <class T, class Index>
void check_forward(std::int64_t channels, bool positive) {
    const std::vector<T> x = values<T>(channels);
    std::vector<T> y(static_cast<std::size_t>(channels));
    std::vector<Index> argmax(y.size());
    std::vector<T> y_alone(y.size());
    max_pool<T, Index>().forward(window(channels, positive), x.data(), y.data(), argmax.data());
    max_pool<T, Index>().forward(window(channels, positive), x.data(), y_alone.data(), nullptr);
    for (std::int64_t c = 0; c < channels; ++c) {
        CAPTURE(c);
        T largest = at(x, channels, 0, 0, c);
        std::int32_t place = 4;
        for (std::int64_t r = 0; r < 2; ++r)
            for (std::int64_t s = 0; s < 3; ++s) {
                const T v = at(x, channels, r, s, c);
                const auto [a, b] = std::pair{static_cast<float>(largest), static_cast<float>(v)};
                if (b > a || (std::isnan(b) && !std::isnan(a))) {
                    largest = v;
                    place = 4 + static_cast<std::int32_t>(4 * r + s);
                }
            }
        if (positive && static_cast<float>(largest) <= 0) {
            largest = T{};
            place = no_place<Index>;
        }
        const auto i = static_cast<std::size_t>(c);
        CHECK(same_bits(y[i], largest));
        CHECK(same_bits(y_alone[i], largest));
        CHECK(static_cast<std::int32_t>(argmax[i]) == place);
    }
}

template <class T, class Index>
void check_backward(std::int64_t channels, bool adds) {
    std::vector<T> dy = values<T>(channels);
    dy.resize(static_cast<std::size_t>(channels));
    const std::vector<Index> argmax = places<Index>(channels);
    const T before{7.0F};
    std::vector<T> dx(static_cast<std::size_t>(2 * image_columns * channels), before);
    const auto& pool = max_pool<T, Index>();
    (adds ? pool.add : pool.assign)(window(channels, false), dy.data(), argmax.data(), dx.data());
    for (std::int64_t r = 0; r < 2; ++r)
        for (std::int64_t s = 0; s < image_columns; ++s)
            for (std::int64_t c = 0; c < channels; ++c) {
                CAPTURE(c);
                const auto i = static_cast<std::size_t>(c);
                const T slope = argmax[i] == static_cast<Index>(4 + 4 * r + s) ? dy[i] : T{};
                const T sum{static_cast<float>(before) + static_cast<float>(slope)};
                const T& found = at(dx, channels, r, s, c);
                // Which NaN a sum is, is the processor's choice.
                if (s < 3 && adds && std::isnan(static_cast<float>(sum)))
                    CHECK(std::isnan(static_cast<float>(found)));
                else
                    CHECK(same_bits(found, s >= 3 ? before : adds ? sum : slope));
            }
}

template <class T_, class Index_>
struct Types {
    using T = T_;
    using Index = Index_;
};

}  // namespace

TYPE_TO_STRING_AS("float, places in bytes", Types<float, std::uint8_t>);
TYPE_TO_STRING_AS("float, places in words", Types<float, std::int32_t>);
TYPE_TO_STRING_AS("bfloat16, places in bytes", Types<bfloat16, std::uint8_t>);
TYPE_TO_STRING_AS("bfloat16, places in words", Types<bfloat16, std::int32_t>);

#define ALL_TYPES \
    Types<float, std::uint8_t>, Types<float, std::int32_t>, Types<bfloat16, std::uint8_t>, Types<bfloat16, std::int32_t>

TEST_CASE_TEMPLATE("max_pool: the largest and its place, cut or not, NaN and zeros of both signs included", Of,
                   ALL_TYPES) {
    for (const std::int64_t channels : channel_counts)
        for (const bool positive : {false, true}) {
            CAPTURE(channels);
            CAPTURE(positive);
            check_forward<typename Of::T, typename Of::Index>(channels, positive);
        }
}

TEST_CASE_TEMPLATE("max_pool: the gradient goes to the place, bit for bit, and nowhere else", Of, ALL_TYPES) {
    for (const std::int64_t channels : channel_counts)
        for (const bool adds : {false, true}) {
            CAPTURE(channels);
            CAPTURE(adds);
            check_backward<typename Of::T, typename Of::Index>(channels, adds);
        }
}
