#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "tests/plugins/fixture.hpp"
#include "tests/plugins/layers/pool/pool_reference.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("max_pool2d: agrees with plain loops in double, forward and backward") {
    for (const PoolCase& test : pool_cases()) {
        CAPTURE(test.attributes);
        LayerUnderTest layer{"max_pool2d", test.attributes, {{test.input, Element::float32}}};
        layer.randomize();
        layer.run();
        const Pooled reference = reference_max(test, layer.input(0).as(), layer.output_gradient().as());
        CHECK(layer.output().shape() == test.output);
        CHECK(largest_error(layer.output().as(), reference.y) < 1e-6);
        CHECK(largest_error(layer.input_gradient().as(), reference.dx) < 1e-6);
    }
}

TEST_CASE("max_pool2d: its gradient agrees with central differences") {
    LayerUnderTest layer{"max_pool2d", "{pool_size: 3, strides: 2, padding: 1}", {{{2, 6, 7, 3}, Element::float32}}};
    CHECK(gradient_error(layer) < 1e-3);
}

TEST_CASE("max_pool2d: computes what PyTorch computes") {
    const Fixture peer{"images"};
    LayerUnderTest layer{"max_pool2d", "{pool_size: 3, strides: 2, padding: 1}", {{{2, 7, 6, 3}, Element::float32}}};
    peer.copy("max_pool.x", layer.input(0).as());
    peer.copy("max_pool.dy", layer.output_gradient().as());
    layer.run();
    CHECK(largest_error(layer.output().as(), peer["max_pool.y"]) < 1e-6);
    CHECK(largest_error(layer.input_gradient().as(), peer["max_pool.dx"]) < 1e-6);
}

TEST_CASE("max_pool2d: what does not fit is refused while planning") {
    const auto refused = [](const std::string& attributes, const Shape& input) {
        return refusal(Kind::layer, "max_pool2d", attributes, {{input, Element::float32}});
    };
    CHECK(refused("", {2, 8}).find("wants [batch, rows, columns, channels]: put a reshape before it") !=
          std::string::npos);
    CHECK(refused("{pool_size: [2, 3]}", {2, 4, 2, 1})
              .find("; a window of 2 x 3 does not fit into 4 x 2: make pool_size smaller or padding larger") !=
          std::string::npos);
    CHECK(refused("{pool_size: 3, padding: 2}", {2, 8, 8, 1})
              .find("padding is 2; it may be at most half of pool_size, which is 3") != std::string::npos);
    CHECK(refused("{pool_size: 0}", {2, 8, 8, 1}) != "");
}

TEST_CASE("max_pool2d: of equal values the first gets the gradient, and a NaN is the largest value") {
    LayerUnderTest layer{"max_pool2d", "", {{{1, 2, 4, 1}, Element::float32}}};
    const float x[] = {1, 1, 3, 9, 1, 1, NAN, NAN};
    const float dx[] = {5, 0, 0, 0, 0, 0, 7, 0};
    std::copy(std::begin(x), std::end(x), layer.input(0).as().begin());
    layer.output_gradient().as()[0] = 5;
    layer.output_gradient().as()[1] = 7;
    layer.run();
    CHECK(layer.output().as()[0] == 1);
    CHECK(std::isnan(layer.output().as()[1]));
    for (std::size_t i = 0; i < std::size(dx); ++i)
        CHECK(layer.input_gradient().as()[i] == dx[i]);
}

TEST_CASE("max_pool2d: keeps nothing and gives the same outside of training") {
    LayerUnderTest trained{"max_pool2d", "{pool_size: 3}", {{{2, 9, 9, 5}, Element::float32}}};
    LayerUnderTest used{
        Kind::layer, "max_pool2d", "{pool_size: 3}", {{{2, 9, 9, 5}, Element::float32}}, {.mode = Mode::inference}};
    for (LayerUnderTest* layer : {&trained, &used}) {
        layer->randomize();
        layer->run();
    }
    CHECK(largest_error(used.output().as(), trained.output().as()) == 0);
}

TEST_CASE("max_pool1d: has the bits of max_pool2d on an image of one row") {
    for (const auto& [attributes, as_image] :
         {std::pair{"", "{pool_size: [1, 2]}"},
          std::pair{"{pool_size: 3, strides: 2, padding: 1}",
                    "{pool_size: [1, 3], strides: [1, 2], padding: [[0, 0], [1, 1]]}"},
          std::pair{"{pool_size: 4, strides: 3, padding: same}", "{pool_size: [1, 4], strides: [1, 3], padding: same}"},
          std::pair{"{pool_size: 2, strides: 1, padding: [1, 0]}",
                    "{pool_size: [1, 2], strides: 1, padding: [[0, 0], [1, 0]]}"}}) {
        CAPTURE(attributes);
        LayerUnderTest steps{"max_pool1d", attributes, {{{5, 10, 11}, Element::float32}}};
        LayerUnderTest image{"max_pool2d", as_image, {{{5, 1, 10, 11}, Element::float32}}};
        for (LayerUnderTest* layer : {&steps, &image}) {
            layer->randomize();
            layer->run();
        }
        CHECK(steps.output().shape() == Shape{5, image.output().shape()[2], 11});
        CHECK(std::ranges::equal(steps.output().as(), image.output().as()));
        CHECK(std::ranges::equal(steps.input_gradient().as(), image.input_gradient().as()));
    }
}

TEST_CASE("max_pool1d: computes what PyTorch computes, and its gradient agrees with central differences") {
    const Fixture peer{"images"};
    LayerUnderTest layer{"max_pool1d", "{pool_size: 3, strides: 2, padding: 1}", {{{2, 8, 5}, Element::float32}}};
    peer.copy("max_pool1d.x", layer.input(0).as());
    peer.copy("max_pool1d.dy", layer.output_gradient().as());
    layer.run();
    CHECK(largest_error(layer.output().as(), peer["max_pool1d.y"]) < 1e-6);
    CHECK(largest_error(layer.input_gradient().as(), peer["max_pool1d.dx"]) < 1e-6);
    // Values far enough apart that none overtakes another: 37 and 80 have no common factor.
    for (std::size_t i = 0; float& x : layer.input(0).as())
        x = 0.25F * static_cast<float>(37 * i++ % 80);
    CHECK(gradient_error(layer) < 1e-3);
}

TEST_CASE("max_pool1d: what does not fit is refused while planning, in the words of a sequence") {
    const auto refused = [](const std::string& attributes, const Shape& input) {
        return refusal(Kind::layer, "max_pool1d", attributes, {{input, Element::float32}});
    };
    CHECK(refused("", {2, 8}).find("wants [batch, steps, features]: put a reshape before it") != std::string::npos);
    CHECK(refused("{pool_size: 3}", {2, 2, 1})
              .find("; a window of 3 does not fit into 2: make pool_size smaller or padding larger") !=
          std::string::npos);
    CHECK(refused("{pool_size: 3, padding: 2}", {2, 8, 1})
              .find("padding is 2; it may be at most half of pool_size, which is 3") != std::string::npos);
    CHECK(refused("{padding: [[1, 1], [0, 0]]}", {2, 8, 1})
              .find("; it may be valid, same, a whole number, or [left, right]") != std::string::npos);
}
