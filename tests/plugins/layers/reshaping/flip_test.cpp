#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("flip: turns a dimension round, and the gradient likewise") {
    for (const std::size_t axis : {1, 2, 3}) {
        CAPTURE(axis);
        const Shape shape{3, 4, 2, 5};
        LayerUnderTest layer{"flip", "{axis: " + std::to_string(axis) + "}", {{shape, Element::float32}}};
        layer.randomize();
        layer.run();
        const auto inner = static_cast<std::size_t>(shape.from(axis + 1).elements());
        const auto count = static_cast<std::size_t>(shape[axis]);
        bool right = true;
        for (std::size_t i = 0; i < layer.output().as().size(); ++i) {
            const std::size_t place = i / inner % count;
            const std::size_t from = i + (count - 1 - 2 * place) * inner;
            right = right && layer.output().as()[i] == layer.input(0).as()[from];
            right = right && layer.input_gradient().as()[i] == layer.output_gradient().as()[from];
        }
        CHECK(right);
        CHECK(gradient_error(layer) < 1e-3);
    }
}

TEST_CASE("flip: tokens are turned round too, along the steps unless told otherwise") {
    LayerUnderTest layer{Kind::layer, "flip", "", {{{2, 3}, Element::int32}}, {.mode = Mode::inference}};
    const std::int32_t values[] = {1, 2, 3, 4, 5, 6}, turned[] = {3, 2, 1, 6, 5, 4};
    std::ranges::copy(values, layer.input(0).as<std::int32_t>().begin());
    layer.run();
    CHECK(std::ranges::equal(layer.output().as<std::int32_t>(), turned));
}

TEST_CASE("flip: an axis that is not there, or the batch, is refused") {
    CHECK(refusal(Kind::layer, "flip", "{axis: 3}", {{{1, 4, 3}, Element::float32}}) ==
          "test:1:2: flip 'flip': axis is 3, but input has shape [1, 4, 3] (from the data); wanted is 1 to 2");
    CHECK(refusal(Kind::layer, "flip", "{axis: 0}", {{{1, 4}, Element::float32}}) ==
          "test:1:15: flip 'axis' is 0; it must be at least 1");
}
