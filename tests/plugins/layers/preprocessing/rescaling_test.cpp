#include <doctest/doctest.h>

#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("rescaling: scales bytes and floats, and the gradient of floats") {
    const char* const attributes = "{scale: 0.5, offset: -1}";
    LayerUnderTest bytes{Kind::layer, "rescaling", attributes, {{{3, 11}, Element::uint8}}, {.mode = Mode::inference}};
    for (std::size_t i = 0; i < 33; ++i)
        bytes.input(0).as<std::uint8_t>()[i] = static_cast<std::uint8_t>(255 - 7 * i);
    bytes.run();
    CHECK(bytes.output().type() == TensorType{{3, 11}, Element::float32});
    CHECK(bytes.output().as()[0] == 126.5F);
    CHECK(bytes.output().as()[32] == 14.5F);

    LayerUnderTest floats{"rescaling", attributes, {{{3, 11}, Element::float32}}};
    floats.randomize();
    floats.run();
    bool equal = true;
    for (std::size_t i = 0; i < 33; ++i) {
        equal = equal && floats.output().as()[i] == 0.5F * floats.input(0).as()[i] - 1;
        equal = equal && floats.input_gradient(0).as()[i] == 0.5F * floats.output_gradient().as()[i];
    }
    CHECK(equal);
}

TEST_CASE("rescaling: class numbers are refused") {
    CHECK(refusal(Kind::layer, "rescaling", "{scale: 2}", {{{1, 2}, Element::int32}}) ==
          "test:1:2: rescaling 'rescaling': input [1, 2] (from the data) is int32; float32 or uint8 is wanted");
}
