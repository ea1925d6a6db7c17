#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/plugins/made.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("unit_forget_bias: 1 for the forget gate, what another initializer gives for the others") {
    std::vector<float> values(12, 7);
    initializer("unit_forget_bias")->fill(values, Shape{12}, {1, 2});
    CHECK(values == std::vector<float>{0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0});
    initializer("{unit_forget_bias: {others: {constant: {value: 3}}}}")->fill(values, Shape{12}, {1, 2});
    CHECK(values == std::vector<float>{3, 3, 3, 1, 1, 1, 3, 3, 3, 3, 3, 3});
}

TEST_CASE("lstm: begins with a forget gate that is open, unless told otherwise") {
    const std::vector<TensorType> x{{Shape{2, 3, 4}, Element::float32}};
    LayerUnderTest layer{"lstm", "{units: 2}", x};
    CHECK(std::ranges::equal(layer.parameter("bias").as(), std::vector<float>{0, 0, 1, 1, 0, 0, 0, 0}));
    LayerUnderTest plain{"lstm", "{units: 2, bias_initializer: zeros}", x};
    CHECK(std::ranges::equal(plain.parameter("bias").as(), std::vector<float>(8)));
}
