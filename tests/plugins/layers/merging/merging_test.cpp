#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

TensorType floats(const Shape& shape) {
    return {shape, Element::float32};
}

}  // namespace

TEST_CASE("add: sums its inputs and hands each of them the gradient") {
    for (const std::size_t count : {2, 3, 5}) {
        CAPTURE(count);
        LayerUnderTest layer{"add", "", std::vector<TensorType>(count, floats({5, 3, 7}))};
        layer.randomize();
        layer.run();
        bool equal = true;
        for (std::size_t i = 0; i < layer.output().as().size(); ++i) {
            float sum = layer.input(0).as()[i];
            for (std::size_t k = 1; k < count; ++k)
                sum += layer.input(k).as()[i];
            equal = equal && layer.output().as()[i] == sum;
        }
        CHECK(equal);
        for (std::size_t k = 0; k < count; ++k)
            CHECK(std::ranges::equal(layer.input_gradient(k).as(), layer.output_gradient().as()));
    }
}

TEST_CASE("add: inputs of different shapes are refused") {
    CHECK(refusal(Kind::layer, "add", "", {floats({1, 3}), floats({1, 2})}) ==
          "test:1:1: add 'add': inputs have different shapes: [1, 3] (from the data) and [1, 2] (from the data)");
    CHECK(refusal(Kind::layer, "add", "", {floats({1, 3}), {{1, 3}, Element::uint8}}) ==
          "test:1:1: add 'add': input [1, 3] (from the data) is uint8; float32 is wanted: put a rescaling before it");
}

TEST_CASE("multiply and average: agree with PyTorch, and with central differences") {
    const Fixture torch{"merging"};
    for (const std::string type : {"multiply", "average"}) {
        CAPTURE(type);
        LayerUnderTest layer{type, "", std::vector<TensorType>(3, floats({3, 4, 5}))};
        for (std::size_t i = 0; i < 3; ++i)
            torch.copy("x" + std::to_string(i), layer.input(i).as());
        torch.copy("dy", layer.output_gradient().as());
        layer.run();
        CHECK(largest_error(layer.output().as(), torch[type + ".y"]) < 1e-6);
        for (std::size_t i = 0; i < 3; ++i)
            CHECK(largest_error(layer.input_gradient(i).as(), torch[type + ".dx" + std::to_string(i)]) < 1e-6);
        LayerUnderTest two{type, "", std::vector<TensorType>(2, floats({3, 7}))};
        CHECK(gradient_error(two) < 1e-3);
        LayerUnderTest last{
            Kind::layer, type, "", std::vector<TensorType>(3, floats({3, 7})), {.learning_inputs = {{2}}}};
        CHECK(gradient_error(last) < 1e-3);
    }
}

TEST_CASE("multiply and average: inputs of different shapes are refused") {
    for (const std::string type : {"multiply", "average"})
        CHECK(refusal(Kind::layer, type, "", {floats({1, 3}), floats({1, 2})}) ==
              "test:1:1: " + type + " '" + type +
                  "': inputs have different shapes: [1, 3] (from the data) and [1, 2] (from the data)");
}

TEST_CASE("concatenate: puts its inputs side by side along any axis, and cuts the gradient likewise") {
    struct Case {
        const char* attributes;
        std::vector<TensorType> inputs;
        Shape output;
        std::size_t axis;
    };
    for (const Case& given :
         {Case{"", {floats({5, 2, 3}), floats({5, 2, 4})}, {5, 2, 7}, 2},
          Case{"{axis: 1}", {floats({5, 2, 3}), floats({5, 4, 3}), floats({5, 1, 3})}, {5, 7, 3}, 1},
          Case{"{axis: -2}", {floats({3, 2, 2, 3}), floats({3, 2, 1, 3})}, {3, 2, 3, 3}, 2}}) {
        CAPTURE(given.attributes);
        LayerUnderTest layer{"concatenate", given.attributes, given.inputs};
        layer.randomize();
        layer.run();
        CHECK(layer.output().shape() == given.output);
        // Walks over y row by row, taking from each input its next run.
        std::size_t at = 0;
        bool equal = true;
        std::vector<std::size_t> next(given.inputs.size());
        while (at < layer.output().as().size())
            for (std::size_t i = 0; i < given.inputs.size(); ++i)
                for (std::int64_t k = 0; k < given.inputs[i].shape.from(given.axis).elements(); ++k, ++at, ++next[i]) {
                    equal = equal && layer.output().as()[at] == layer.input(i).as()[next[i]];
                    equal = equal && layer.output_gradient().as()[at] == layer.input_gradient(i).as()[next[i]];
                }
        CHECK(equal);
    }
}

TEST_CASE("concatenate: the batch is no axis, and inputs must agree elsewhere") {
    CHECK(refusal(Kind::layer, "concatenate", "{axis: 0}", {floats({1, 3}), floats({1, 2})}) ==
          "test:1:2: concatenate 'concatenate': axis is 0, but input 0 has shape [1, 3] (from the data); "
          "wanted is 1 to 1, or -1 to -1 from the end");
    CHECK(refusal(Kind::layer, "concatenate", "", {floats({1, 3, 2}), floats({1, 2, 2})}) ==
          "test:1:1: concatenate 'concatenate': inputs differ in more than their size along axis -1: "
          "[1, 3, 2] (from the data) and [1, 2, 2] (from the data)");
}
