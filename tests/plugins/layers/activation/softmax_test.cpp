#include <doctest/doctest.h>

#include <cmath>

#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

std::vector<double> softmax(std::span<const float> x, std::size_t classes) {
    std::vector<double> y;
    for (std::size_t row = 0; row < x.size(); row += classes) {
        double largest = -INFINITY;
        double total = 0;
        for (std::size_t k = 0; k < classes; ++k)
            largest = std::max(largest, static_cast<double>(x[row + k]));
        for (std::size_t k = 0; k < classes; ++k)
            total += std::exp(x[row + k] - largest);
        for (std::size_t k = 0; k < classes; ++k)
            y.push_back(std::exp(x[row + k] - largest) / total);
    }
    return y;
}

}  // namespace

TEST_CASE("softmax: agrees with the formula in double for any number of classes, and with central differences") {
    for (const Shape& shape : {Shape{3, 1}, Shape{3, 10}, Shape{3, 16}, Shape{2, 3, 2, 19}}) {
        CAPTURE(shape);
        LayerUnderTest layer{"softmax", "", {{shape, Element::float32}}};
        layer.randomize();
        layer.run();
        CHECK(largest_error(layer.output().as(), softmax(layer.input(0).as(), static_cast<std::size_t>(shape.back()))) <
              5e-7);
        CHECK(gradient_error(layer) < 1e-3);
    }
}

TEST_CASE("softmax: agrees with PyTorch forward and backward") {
    const Fixture torch{"layers"};
    LayerUnderTest layer{"softmax", "", {{{3, 7}, Element::float32}}};
    torch.copy("activation.x", layer.input(0).as());
    torch.copy("activation.dy", layer.output_gradient().as());
    for (float& x : layer.input(0).as())
        x *= 3;
    layer.run();
    CHECK(largest_error(layer.output().as(), torch["softmax.y"]) < 5e-7);
    std::vector<double> gradient = torch["softmax.dx"];
    for (double& d : gradient)
        d /= 3;  // the peer's input is a third of ours
    CHECK(largest_error(layer.input_gradient(0).as(), gradient) < 1e-6);
}

TEST_CASE("softmax: numbers far from 0 do not overflow") {
    LayerUnderTest layer{"softmax", "", {{{2, 3}, Element::float32}}};
    const float values[] = {3e38F, -3e38F, 3e38F, -1000, -1001, -1000};
    std::copy(std::begin(values), std::end(values), layer.input(0).as().begin());
    layer.run();
    CHECK(layer.output().as()[0] == 0.5F);
    CHECK(layer.output().as()[1] == 0.0F);
    CHECK(layer.output().as()[4] == doctest::Approx(std::exp(-1) / (2 + std::exp(-1))));
}

TEST_CASE("softmax: an input without classes is refused") {
    CHECK(refusal(Kind::layer, "softmax", "", {{{1}, Element::float32}}) ==
          "test:1:1: softmax 'softmax': input has shape [1] (from the data); [batch, ..., classes] is wanted");
}
