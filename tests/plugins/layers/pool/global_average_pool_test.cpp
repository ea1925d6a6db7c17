#include <doctest/doctest.h>

#include <string>

#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("global_average_pool2d: agrees with plain loops in double, forward and backward") {
    for (const bool keepdims : {false, true})
        for (const Shape& shape : {Shape{3, 5, 4, 11}, Shape{2, 1, 1, 8}, Shape{4, 7, 7, 1}}) {
            CAPTURE(shape);
            LayerUnderTest layer{
                "global_average_pool2d", keepdims ? "{keepdims: true}" : "", {{shape, Element::float32}}};
            layer.randomize();
            layer.run();
            const auto channels = static_cast<std::size_t>(shape[3]);
            const auto pixels = static_cast<std::size_t>(shape[1] * shape[2]);
            std::vector<double> y(static_cast<std::size_t>(shape[0]) * channels);
            std::vector<double> dx(layer.input(0).as().size());
            for (std::size_t i = 0; i < dx.size(); ++i) {
                const std::size_t to = i / (pixels * channels) * channels + i % channels;
                y[to] += double{layer.input(0).as()[i]} / static_cast<double>(pixels);
                dx[i] = double{layer.output_gradient().as()[to]} / static_cast<double>(pixels);
            }
            CHECK(layer.output().shape() == (keepdims ? Shape{shape[0], 1, 1, shape[3]} : Shape{shape[0], shape[3]}));
            CHECK(largest_error(layer.output().as(), y) < 1e-6);
            CHECK(largest_error(layer.input_gradient().as(), dx) < 1e-6);
            CHECK(gradient_error(layer) < 1e-3);
        }
}

TEST_CASE("global_average_pool2d: wants an image") {
    CHECK(refusal(Kind::layer, "global_average_pool2d", "", {{{2, 8}, Element::float32}})
              .find("wants [batch, rows, columns, channels]: put a reshape before it") != std::string::npos);
}

TEST_CASE("global_average_pool1d: computes what PyTorch computes, and its gradient agrees with central differences") {
    const Fixture peer{"images"};
    for (const bool keepdims : {false, true}) {
        LayerUnderTest layer{
            "global_average_pool1d", keepdims ? "{keepdims: true}" : "", {{{2, 8, 5}, Element::float32}}};
        peer.copy("global_average_pool1d.x", layer.input(0).as());
        peer.copy("global_average_pool1d.dy", layer.output_gradient().as());
        layer.run();
        CHECK(layer.output().shape() == (keepdims ? Shape{2, 1, 5} : Shape{2, 5}));
        CHECK(largest_error(layer.output().as(), peer["global_average_pool1d.y"]) < 1e-6);
        CHECK(largest_error(layer.input_gradient().as(), peer["global_average_pool1d.dx"]) < 1e-6);
        CHECK(gradient_error(layer) < 1e-3);
    }
}

TEST_CASE("global_average_pool1d: wants a sequence") {
    CHECK(refusal(Kind::layer, "global_average_pool1d", "", {{{2, 8}, Element::float32}})
              .find("wants [batch, steps, features]: put a reshape before it") != std::string::npos);
}
