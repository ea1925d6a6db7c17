#include <doctest/doctest.h>

#include <cmath>

#include "plexus/random.hpp"

using namespace plexus;

namespace {

using Words = std::array<std::uint32_t, 4>;

}  // namespace

// Random123's known answers for philox4x32 with 10 rounds (kat_vectors of Random123 1.14.0).
TEST_CASE("philox: gives the published answers") {
    CHECK(philox({0, 0}, {0, 0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(philox({0xffffffff, 0xffffffff}, {0xffffffffffffffff, 0xffffffff, 0xffffffff}) ==
          Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    // Counter words are block, sample, then the execution's lower and upper half.
    CHECK(philox({0xa4093822, 0x299f31d0}, {0x0370734413198a2e, 0x85a308d3, 0x243f6a88}) ==
          Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("philox: each part of the key and of the place matters") {
    const Words words = philox({1, 2}, {3, 4, 5});
    CHECK(philox({1, 2}, {3, 4, 5}) == words);
    CHECK(philox({0, 2}, {3, 4, 5}) != words);
    CHECK(philox({1, 0}, {3, 4, 5}) != words);
    CHECK(philox({1, 2}, {0, 4, 5}) != words);
    CHECK(philox({1, 2}, {3 + (1ULL << 32), 4, 5}) != words);
    CHECK(philox({1, 2}, {3, 0, 5}) != words);
    CHECK(philox({1, 2}, {3, 4, 0}) != words);
}

TEST_CASE("uniform: is at least 0 and less than 1") {
    CHECK(uniform(0) == 0.0F);
    CHECK(uniform(0x80000000) == 0.5F);
    CHECK(uniform(0xffffffff) == 1.0F - 0x1p-24F);
}

TEST_CASE("normal: has mean 0, variance 1 and the fourth moment 3, and no infinite values") {
    CHECK(std::isfinite(normal(0, 0)[0]));
    CHECK(std::isfinite(normal(0xffffffff, 0xffffffff)[1]));
    double sum = 0, squares = 0, fourth = 0, product = 0;
    constexpr int pairs = 100000;
    for (std::uint32_t i = 0; i < pairs; ++i) {
        const auto words = philox({1, 2}, {0, i, 0});
        const auto [a, b] = normal(words[0], words[1]);
        sum += a + b;
        squares += a * a + b * b;
        fourth += a * a * a * a + b * b * b * b;
        product += a * b;
    }
    CHECK(std::abs(sum / (2 * pairs)) < 0.01);
    CHECK(std::abs(squares / (2 * pairs) - 1) < 0.015);
    CHECK(std::abs(fourth / (2 * pairs) - 3) < 0.15);
    CHECK(std::abs(product / pairs) < 0.015);
}

TEST_CASE("path_hash: is FNV-1a, and can be continued") {
    CHECK(path_hash("") == 0x811c9dc5);
    CHECK(path_hash("a") == 0xe40c292c);
    CHECK(path_hash("foobar") == 0xbf9cf968);
    CHECK(path_hash("bar", path_hash("foo")) == path_hash("foobar"));
}
