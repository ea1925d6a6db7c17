#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

struct Activation {
    const char* type;
    const char* attributes;
    double (*reference)(double);
    double tolerance;  ///< of y against the reference, relative to the largest value
};

const Activation activations[] = {
    {"relu", "", [](double x) { return x < 0 ? 0 : x; }, 0},
    {"leaky_relu", "", [](double x) { return x < 0 ? 0.3 * x : x; }, 1e-7},
    {"leaky_relu", "{negative_slope: 0.01}", [](double x) { return x < 0 ? 0.01 * x : x; }, 1e-7},
    {"sigmoid", "", [](double x) { return 1 / (1 + std::exp(-x)); }, 2e-7},
    {"tanh", "", [](double x) { return std::tanh(x); }, 2e-7},
};

TensorType floats(const Shape& shape) {
    return {shape, Element::float32};
}

}  // namespace

TEST_CASE("activations: agree with the formula in double, whatever the shape") {
    for (const Activation& a : activations)
        for (const Shape& shape : {Shape{1}, Shape{5, 3}, Shape{3, 2, 5, 7}}) {
            CAPTURE(a.type);
            CAPTURE(a.attributes);
            LayerUnderTest layer{a.type, a.attributes, {floats(shape)}};
            layer.randomize();
            layer.run();
            CHECK(layer.output().shape() == shape);
            std::vector<double> expected;
            for (const float x : layer.input(0).as())
                expected.push_back(a.reference(x));
            CHECK(largest_error(layer.output().as(), expected) <= a.tolerance);
        }
}

TEST_CASE("activations: gradients agree with central differences") {
    for (const Activation& a : activations) {
        CAPTURE(a.type);
        LayerUnderTest layer{a.type, a.attributes, {floats({4, 9})}};
        layer.randomize();
        // Away from the kink of relu, which central differences would step over.
        for (float& x : layer.input(0).as())
            x += x < 0 ? -0.1F : 0.1F;
        CHECK(gradient_error(layer) < 1e-3);
    }
}

TEST_CASE("activations: agree with PyTorch forward and backward") {
    const Fixture torch{"layers"};
    for (const char* type : {"relu", "leaky_relu", "sigmoid", "tanh"}) {
        CAPTURE(type);
        LayerUnderTest layer{type, "", {floats({3, 7})}};
        torch.copy("activation.x", layer.input(0).as());
        torch.copy("activation.dy", layer.output_gradient().as());
        layer.run();
        CHECK(largest_error(layer.output().as(), torch[std::string(type) + ".y"]) < 3e-7);
        CHECK(largest_error(layer.input_gradient(0).as(), torch[std::string(type) + ".dx"]) < 3e-7);
    }
}

TEST_CASE("activations: NaN stays NaN and infinities go where the formula says") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    for (const Activation& a : activations) {
        CAPTURE(a.type);
        LayerUnderTest layer{a.type, a.attributes, {floats({1, 3})}};
        layer.randomize();
        const auto x = layer.input(0).as();
        x[0] = std::numeric_limits<float>::quiet_NaN();
        x[1] = infinity;
        x[2] = -infinity;
        layer.run();
        const auto y = layer.output().as();
        CHECK(std::isnan(y[0]));
        CHECK(y[1] == static_cast<float>(a.reference(x[1])));
        CHECK(y[2] == static_cast<float>(a.reference(x[2])));
    }
}

TEST_CASE("activations: the bits of a sample do not depend on the shard it is in") {
    for (const Activation& a : activations) {
        CAPTURE(a.type);
        LayerUnderTest whole{Kind::layer, a.type, a.attributes, {floats({7, 5})}, {.shard = 7}};
        LayerUnderTest single{Kind::layer, a.type, a.attributes, {floats({7, 5})}, {.shard = 1}};
        whole.randomize();
        single.randomize();
        whole.run();
        single.run();
        CHECK(std::memcmp(whole.output().as().data(), single.output().as().data(), 7 * 5 * 4) == 0);
        CHECK(std::memcmp(whole.input_gradient(0).as().data(), single.input_gradient(0).as().data(), 7 * 5 * 4) == 0);
    }
}

TEST_CASE("activations: what is no float32 tensor, or a slope below 0, is refused") {
    CHECK(refusal(Kind::layer, "relu", "", {{{1, 3}, Element::uint8}}) ==
          "test:1:1: relu 'relu': input [1, 3] (from the data) is uint8; float32 is wanted: put a rescaling before it");
    CHECK(refusal(Kind::layer, "leaky_relu", "{negative_slope: -1}", {floats({1, 3})}) ==
          "test:1:31: leaky_relu 'negative_slope' is -1; it must be at least 0");
}
