#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "tests/plugins/made.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("one_hot: a 1 at the token's place, of samples and of sequences") {
    LayerUnderTest layer{
        Kind::layer, "one_hot", "{num_tokens: 3}", {{{2, 2}, Element::int32}}, {.mode = Mode::inference}};
    std::ranges::copy(std::array<std::int32_t, 4>{2, 0, 1, 1}, layer.input(0).as<std::int32_t>().begin());
    layer.run();
    CHECK(layer.output().shape() == Shape{2, 2, 3});
    CHECK(std::ranges::equal(layer.output().as(), std::array<float, 12>{0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0}));
    LayerUnderTest bytes{Kind::layer, "one_hot", "{num_tokens: 2}", {{{2}, Element::uint8}}, {.mode = Mode::inference}};
    bytes.input(0).as<std::uint8_t>()[1] = 1;
    bytes.run();
    CHECK(std::ranges::equal(bytes.output().as(), std::array<float, 4>{1, 0, 0, 1}));
}

TEST_CASE("one_hot: what is no token is refused") {
    CHECK(refusal(Kind::layer, "one_hot", "{num_tokens: 3}", {{{2}, Element::float32}})
              .ends_with("is float32; int32 or uint8 is wanted, a whole number below num_tokens at each place"));
    LayerUnderTest layer{Kind::layer, "one_hot", "{num_tokens: 3}", {{{2}, Element::int32}}, {.mode = Mode::inference}};
    layer.input(0).as<std::int32_t>()[1] = 3;
    CHECK_THROWS_WITH(layer.run(), doctest::Contains("token 3; there are 3, counted from 0"));
}
