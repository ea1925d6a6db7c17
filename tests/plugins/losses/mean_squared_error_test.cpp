#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>

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

TEST_CASE("mean_squared_error: a constant target and a sum agree with PyTorch") {
    const Fixture torch{"pointwise"};
    for (const auto& [attributes, divisor] :
         {std::pair{"{target: 0.9, reduction: sum}", 1.0}, std::pair{"{target: 0.9}", 21.0}}) {
        CAPTURE(attributes);
        LayerUnderTest layer{Kind::loss, "mean_squared_error", attributes, {{{5, 3, 7}, Element::float32}}, {}};
        torch.copy("x", layer.input(0).as());
        torch.copy("dy", layer.output_gradient().as());
        layer.run();
        std::vector<double> y = torch["squared_constant.sum"], dx = torch["squared_constant.dx"];
        for (std::vector<double>* const values : {&y, &dx})
            for (double& value : *values)
                value /= divisor;
        CHECK(largest_error(layer.output().as(), y) < 5e-7);
        CHECK(largest_error(layer.input_gradient(0).as(), dx) < 5e-7);
    }
}

TEST_CASE("mean_squared_error: a target of whole numbers counts as numbers") {
    LayerUnderTest layer{Kind::loss, "mean_squared_error", "", {{{2, 1}, Element::float32}, {{2}, Element::int32}}, {}};
    layer.input(0).as()[0] = 0.5F;
    layer.input(0).as()[1] = 7;
    layer.input(1).as<std::int32_t>()[0] = 2;
    layer.input(1).as<std::int32_t>()[1] = 1000;
    std::ranges::fill(layer.output_gradient().as(), 1.0F);
    layer.run();
    CHECK(layer.output().as()[0] == 2.25F);
    CHECK(layer.output().as()[1] == 993.0F * 993.0F);
    CHECK(layer.input_gradient(0).as()[0] == -3.0F);
}

TEST_CASE("mean_squared_error: gradients agree with central differences") {
    for (const Shape& shape : {Shape{3}, Shape{4, 3, 3}})
        for (const char* attributes : {"", "{reduction: sum}", "{target: 1}"}) {
            CAPTURE(attributes);
            std::vector<TensorType> inputs(std::string_view(attributes) == "{target: 1}" ? 1 : 2,
                                           {shape, Element::float32});
            LayerUnderTest layer{Kind::loss, "mean_squared_error", attributes, inputs, {}};
            layer.randomize();
            CHECK(gradient_error(layer) < 1e-3);
        }
}

TEST_CASE("mean_squared_error: a target of another size is refused") {
    CHECK(refusal(Kind::loss, "mean_squared_error", "", {{{1, 3}, Element::float32}, {{1}, Element::float32}}) ==
          "test:1:1: mean_squared_error 'mean_squared_error': target has shape [1] (from the data); as many values as "
          "the input [1, 3] (from the data) has are wanted, 3 for each sample");
    CHECK(refusal(Kind::loss, "mean_squared_error", "{reduction: max}", {{{1, 3}, Element::float32}}) ==
          "test:1:34: mean_squared_error 'reduction' is 'max'; it must be mean or sum");
}
