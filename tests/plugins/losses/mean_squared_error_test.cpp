#include <doctest/doctest.h>

#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("mean_squared_error: agrees with PyTorch, and the target's gradient is the negative of the output's") {
    const Fixture torch{"losses"};
    const TensorType type{{5, 11}, Element::float32};
    LayerUnderTest layer{Kind::loss, "mean_squared_error", "", {type, type}, {}};
    torch.copy("x", layer.input(0).as());
    torch.copy("mse.target", layer.input(1).as());
    torch.copy("dy", layer.output_gradient().as());
    layer.run();
    CHECK(largest_error(layer.output().as(), torch["mse.y"]) < 5e-7);
    CHECK(largest_error(layer.input_gradient(0).as(), torch["mse.dx"]) < 5e-7);
    for (std::size_t i = 0; i < 55; ++i)
        CHECK(layer.input_gradient(1).as()[i] == -layer.input_gradient(0).as()[i]);
}

TEST_CASE("mean_squared_error: gradients agree with central differences") {
    for (const Shape& shape : {Shape{3}, Shape{4, 3, 3}}) {
        const TensorType type{shape, Element::float32};
        LayerUnderTest layer{Kind::loss, "mean_squared_error", "", {type, type}, {}};
        layer.randomize();
        CHECK(gradient_error(layer) < 1e-3);
    }
}

TEST_CASE("mean_squared_error: a target of another shape is refused") {
    CHECK(refusal(Kind::loss, "mean_squared_error", "", {{{1, 3}, Element::float32}, {{1}, Element::float32}}) ==
          "test:1:1: mean_squared_error 'mean_squared_error': target is float32 [1] (from the data); float32 [1, 3] is "
          "wanted, as the input [1, 3] (from the data)");
}
