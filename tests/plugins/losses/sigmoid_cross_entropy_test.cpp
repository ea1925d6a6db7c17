#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

const TensorType numbers{{5, 3, 7}, Element::float32};

LayerUnderTest loss(const std::string& attributes, std::vector<TensorType> inputs) {
    return {Kind::loss, "sigmoid_cross_entropy", attributes, std::move(inputs), {}};
}

/// With the fixture's logits and output gradients.
struct Fixed : LayerUnderTest {
    Fixed(const Fixture& torch, const std::string& attributes, std::vector<TensorType> inputs)
        : LayerUnderTest{Kind::loss, "sigmoid_cross_entropy", attributes, std::move(inputs), {}} {
        torch.copy("x", input(0).as());
        torch.copy("dy", output_gradient().as());
    }
};

std::vector<double> divided(std::vector<double> values, double by) {
    for (double& value : values)
        value /= by;
    return values;
}

}  // namespace

TEST_CASE("sigmoid_cross_entropy: agrees with PyTorch forward and backward, also towards the target") {
    const Fixture torch{"pointwise"};
    for (const auto& [attributes, divisor] : {std::pair{"{reduction: sum}", 1.0}, std::pair{"", 21.0}}) {
        CAPTURE(attributes);
        Fixed layer(torch, attributes, {numbers, numbers});
        torch.copy("target", layer.input(1).as());
        layer.run();
        CHECK(layer.output().shape() == Shape{5});
        CHECK(largest_error(layer.output().as(), divided(torch["sigmoid.sum"], divisor)) < 5e-7);
        CHECK(largest_error(layer.input_gradient(0).as(), divided(torch["sigmoid.dx"], divisor)) < 5e-7);
        CHECK(largest_error(layer.input_gradient(1).as(), divided(torch["sigmoid.dtarget"], divisor)) < 5e-7);
    }
}

TEST_CASE("sigmoid_cross_entropy: a target may be of whole numbers or bytes, and of another shape") {
    const Fixture torch{"pointwise"};
    const auto check = [&](LayerUnderTest& layer) {
        layer.run();
        CHECK(largest_error(layer.output().as(), torch["sigmoid_labels.sum"]) < 5e-7);
        CHECK(largest_error(layer.input_gradient(0).as(), torch["sigmoid_labels.dx"]) < 5e-7);
    };
    Fixed whole(torch, "{reduction: sum}", {numbers, {{5, 21}, Element::int32}});
    torch.copy("labels", whole.input(1).as<std::int32_t>());
    check(whole);
    Fixed bytes(torch, "{reduction: sum}", {numbers, {{5, 7, 3, 1}, Element::uint8}});
    torch.copy("labels", bytes.input(1).as<std::uint8_t>());
    check(bytes);
}

TEST_CASE("sigmoid_cross_entropy: a constant target takes the place of the second input") {
    const Fixture torch{"pointwise"};
    Fixed layer(torch, "{target: 0.9, reduction: sum}", {numbers});
    layer.run();
    CHECK(largest_error(layer.output().as(), torch["sigmoid_constant.sum"]) < 5e-7);
    CHECK(largest_error(layer.input_gradient(0).as(), torch["sigmoid_constant.dx"]) < 5e-7);
}

TEST_CASE("sigmoid_cross_entropy: gradients agree with central differences") {
    for (const char* attributes : {"", "{reduction: sum}"})
        for (const Shape& shape : {Shape{3}, Shape{3, 1}, Shape{4, 3, 3}}) {
            CAPTURE(attributes);
            LayerUnderTest layer =
                loss(attributes, {TensorType{shape, Element::float32}, TensorType{shape, Element::float32}});
            layer.randomize();
            CHECK(gradient_error(layer) < 1e-3);
        }
    for (const char* attributes : {"{target: 1}", "{target: 0}", "{target: 0.9}"}) {
        CAPTURE(attributes);
        LayerUnderTest layer = loss(attributes, {TensorType{{4, 11}, Element::float32}});
        layer.randomize();
        CHECK(gradient_error(layer) < 1e-3);
    }
}

TEST_CASE("sigmoid_cross_entropy: logits far from 0 neither overflow nor lose what is left of loss and gradient") {
    const float logits[] = {1e38F, -1e38F, 60, -60};
    const double ones[] = {0, 1e38, std::exp(-60), 60};
    const double slopes[] = {0, -1, -std::exp(-60), -1};
    for (const bool one : {true, false}) {
        LayerUnderTest layer = loss(one ? "{target: 1}" : "{target: 0}", {TensorType{{4}, Element::float32}});
        for (std::size_t i = 0; i < 4; ++i) {
            layer.input(0).as()[i] = one ? logits[i] : -logits[i];
            layer.output_gradient().as()[i] = 1;
        }
        layer.run();
        for (std::size_t i = 0; i < 4; ++i) {
            CAPTURE(i);
            CHECK(layer.output().as()[i] == doctest::Approx(ones[i]).epsilon(1e-6));
            CHECK(layer.input_gradient(0).as()[i] == doctest::Approx(one ? slopes[i] : -slopes[i]).epsilon(1e-6));
        }
    }
}

TEST_CASE("sigmoid_cross_entropy: a NaN stays one") {
    LayerUnderTest layer = loss("{target: 1}", {TensorType{{1, 9}, Element::float32}});
    layer.input(0).as()[8] = std::numeric_limits<float>::quiet_NaN();
    layer.output_gradient().as()[0] = 1;
    layer.run();
    CHECK(std::isnan(layer.output().as()[0]));
    CHECK(std::isnan(layer.input_gradient(0).as()[8]));
    CHECK(layer.input_gradient(0).as()[7] == doctest::Approx(-0.5 / 9));
}

TEST_CASE("sigmoid_cross_entropy: a target of another size or type is refused") {
    const auto message = [](const TensorType& target) {
        return refusal(Kind::loss, "sigmoid_cross_entropy", "", {{{1, 3}, Element::float32}, target});
    };
    const std::string start = "test:1:1: sigmoid_cross_entropy 'sigmoid_cross_entropy': ";
    CHECK(message({{1, 4}, Element::float32}) ==
          start +
              "target has shape [1, 4] (from the data); as many values as the input [1, 3] (from the data) has are "
              "wanted, 3 for each sample");
    CHECK(message({{1, 3}, Element::float64}) ==
          start + "target is float64 [1, 3] (from the data); float32, int32 or uint8 is wanted");
    CHECK(message({{1, 3, 1}, Element::uint8}) == "");
}
