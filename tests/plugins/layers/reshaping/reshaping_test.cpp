#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("flatten and reshape: keep the elements in their order, forward and backward") {
    struct Case {
        const char* type;
        const char* attributes;
        Shape input;
        Shape output;
    };
    for (const Case& given : {Case{"flatten", "", {3, 2, 5, 4}, {3, 40}}, Case{"flatten", "", {3}, {3, 1}},
                              Case{"reshape", "{target_shape: [4, 10]}", {3, 40}, {3, 4, 10}},
                              Case{"reshape", "{target_shape: [2, -1, 4]}", {3, 40}, {3, 2, 5, 4}},
                              Case{"reshape", "{target_shape: [-1]}", {3, 5, 2}, {3, 10}}}) {
        CAPTURE(given.type);
        CAPTURE(given.attributes);
        LayerUnderTest layer{given.type, given.attributes, {{given.input, Element::float32}}};
        layer.randomize();
        layer.run();
        CHECK(layer.output().shape() == given.output);
        CHECK(std::ranges::equal(layer.output().as(), layer.input(0).as()));
        CHECK(std::ranges::equal(layer.input_gradient(0).as(), layer.output_gradient().as()));
    }
}

TEST_CASE("flatten: takes bytes too") {
    LayerUnderTest layer{Kind::layer, "flatten", "", {{{3, 2, 2}, Element::uint8}}, {.mode = Mode::inference}};
    for (int i = 0; i < 12; ++i)
        layer.input(0).as<std::uint8_t>()[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(20 * i);
    layer.run();
    CHECK(layer.output().type() == TensorType{{3, 4}, Element::uint8});
    CHECK(layer.output().as<std::uint8_t>()[11] == 220);
}

TEST_CASE("reshape: a target that does not fit is refused") {
    const std::vector<TensorType> input{{{1, 40}, Element::float32}};
    const auto message = [&](const char* attributes) { return refusal(Kind::layer, "reshape", attributes, input); };
    CHECK(message("{target_shape: [4, 9]}") ==
          "test:1:2: reshape 'reshape': input has shape [1, 40] (from the data), 40 elements a sample; "
          "target_shape [4, 9] does not fit");
    CHECK(message("{target_shape: [80, -1]}") ==
          "test:1:2: reshape 'reshape': input has shape [1, 40] (from the data), 40 elements a sample; "
          "target_shape [80, -1] does not fit");
    CHECK(message("{target_shape: [-1, -1]}") ==
          "test:1:26: 'target_shape' has two sizes of -1; only one can be worked out");
    CHECK(message("{target_shape: [0]}") ==
          "test:1:26: 'target_shape' has a size of 0; wanted is 1 or more, or -1 once");
    CHECK(message("{target_shape: [4294967296, 4294967296]}") ==
          "test:1:2: reshape 'reshape': input has shape [1, 40] (from the data), 40 elements a sample; "
          "target_shape [4294967296, 4294967296] does not fit");
}
