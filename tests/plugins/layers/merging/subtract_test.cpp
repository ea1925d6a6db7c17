#include <doctest/doctest.h>

#include "tests/plugins/made.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("subtract: the difference, and its gradients") {
    const TensorType type{{3, 19}, Element::float32};
    LayerUnderTest layer{"subtract", "", {type, type}};
    layer.randomize();
    layer.run();
    bool right = true;
    for (std::size_t i = 0; i < 57; ++i) {
        const float dy = layer.output_gradient().as()[i];
        right = right && layer.output().as()[i] == layer.input(0).as()[i] - layer.input(1).as()[i] &&
                layer.input_gradient(0).as()[i] == dy && layer.input_gradient(1).as()[i] == -dy;
    }
    CHECK(right);
    CHECK(gradient_error(layer) < 1e-3);
}

TEST_CASE("subtract: inputs of different shapes are refused") {
    CHECK(refusal(Kind::layer, "subtract", "", {{{1, 4}, Element::float32}, {{1, 5}, Element::float32}})
              .starts_with("test:1:1: subtract 'subtract': "));
}
