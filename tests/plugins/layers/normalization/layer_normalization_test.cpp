#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

TensorType floats(const Shape& shape) {
    return {shape, Element::float32};
}

/// By plain loops in double.
struct Reference {
    std::vector<double> y, dx, dgamma, dbeta;

    Reference(LayerUnderTest& layer, double epsilon) {
        const auto x = layer.input(0).as();
        const auto dy = layer.output_gradient().as();
        const auto gamma = layer.parameter("gamma").as();
        const auto beta = layer.parameter("beta").as();
        const std::size_t n = gamma.size();
        const auto count = static_cast<double>(n);
        dgamma.resize(n);
        dbeta.resize(n);
        for (std::size_t at = 0; at < x.size(); at += n) {
            double mean = 0, variance = 0, slopes = 0, products = 0;
            for (std::size_t i = at; i < at + n; ++i)
                mean += x[i] / count;
            for (std::size_t i = at; i < at + n; ++i)
                variance += (x[i] - mean) * (x[i] - mean) / count;
            const double r = 1 / std::sqrt(variance + epsilon);
            for (std::size_t i = 0; i < n; ++i) {
                const double z = (x[at + i] - mean) * r;
                y.push_back(z * gamma[i] + beta[i]);
                dgamma[i] += dy[at + i] * z;
                dbeta[i] += dy[at + i];
                slopes += double{dy[at + i]} * gamma[i] / count;
                products += double{dy[at + i]} * gamma[i] * z / count;
            }
            for (std::size_t i = 0; i < n; ++i)
                dx.push_back(r * (double{dy[at + i]} * gamma[i] - slopes - (x[at + i] - mean) * r * products));
        }
    }
};

}  // namespace

TEST_CASE("layer_normalization: agrees with plain loops in double, and these with central differences") {
    for (const Shape& shape : {Shape{5, 7}, Shape{3, 4, 16}, Shape{3, 2, 3, 29}, Shape{4, 1}}) {
        CAPTURE(shape);
        LayerUnderTest layer{"layer_normalization", "", {floats(shape)}};
        layer.randomize();
        const Reference reference{layer, 1e-3};
        layer.run();
        CHECK(layer.output().shape() == shape);
        CHECK(largest_error(layer.output().as(), reference.y) < 1e-6);
        CHECK(largest_error(layer.input_gradient().as(), reference.dx) < 2e-6);
        CHECK(largest_error(layer.parameter_gradient("gamma").as(), reference.dgamma) < 1e-6);
        CHECK(largest_error(layer.parameter_gradient("beta").as(), reference.dbeta) < 1e-6);
        CHECK(gradient_error(layer) < 1e-3);
    }
}

TEST_CASE("layer_normalization: agrees with PyTorch") {
    const Fixture torch{"sequences"};
    const std::string name = "layer_normalization.";
    LayerUnderTest layer{"layer_normalization", "{epsilon: 1e-5}", {floats({3, 4, 11})}};
    torch.copy(name + "x", layer.input(0).as());
    torch.copy(name + "dy", layer.output_gradient().as());
    torch.copy(name + "gamma", layer.parameter("gamma").as());
    torch.copy(name + "beta", layer.parameter("beta").as());
    layer.run();
    CHECK(largest_error(layer.output().as(), torch[name + "y"]) < 1e-6);
    CHECK(largest_error(layer.input_gradient().as(), torch[name + "dx"]) < 2e-6);
    CHECK(largest_error(layer.parameter_gradient("gamma").as(), torch[name + "dgamma"]) < 1e-6);
    CHECK(largest_error(layer.parameter_gradient("beta").as(), torch[name + "dbeta"]) < 1e-6);
}

TEST_CASE("layer_normalization: a mean far from 0 costs no digits of the variance") {
    LayerUnderTest layer{"layer_normalization", "", {floats({3, 64})}};
    layer.randomize();
    for (float& x : layer.input(0).as())
        x = 4096 + std::round(64 * x) / 64;
    const Reference reference{layer, 1e-3};
    layer.run();
    CHECK(largest_error(layer.output().as(), reference.y) < 1e-6);
    CHECK(largest_error(layer.input_gradient().as(), reference.dx) < 2e-6);
}

TEST_CASE("layer_normalization: factor and offset may be left out, each by itself") {
    for (const auto& [attributes, names] : {std::pair{"{scale: false}", std::vector<std::string>{"beta"}},
                                            std::pair{"{center: false}", std::vector<std::string>{"gamma"}},
                                            std::pair{"{scale: false, center: false}", std::vector<std::string>{}}}) {
        CAPTURE(attributes);
        LayerUnderTest layer{"layer_normalization", attributes, {floats({6, 5})}};
        CHECK(layer.parameters() == names);
        layer.randomize();
        CHECK(gradient_error(layer) < 1e-3);
    }
}

TEST_CASE("layer_normalization: a sample's bits depend neither on the others nor on threads, nor on the mode") {
    std::vector<float> first;
    for (const std::size_t threads : {1, 2, 5}) {
        LayerUnderTest layer{
            Kind::layer, "layer_normalization", "", {floats({9, 3, 13})}, {.shard = 2, .threads = threads}};
        layer.randomize();
        layer.run();
        std::vector<float> bits;
        for (const Array* array : {&layer.output(), &layer.input_gradient(), &layer.parameter_gradient("gamma")})
            bits.insert(bits.end(), array->as().begin(), array->as().end());
        if (first.empty())
            first = bits;
        CHECK(std::memcmp(first.data(), bits.data(), first.size() * sizeof(float)) == 0);

        LayerUnderTest alone{Kind::layer, "layer_normalization", "", {floats({1, 3, 13})}, {.mode = Mode::inference}};
        alone.randomize();
        for (const char* name : {"gamma", "beta"})
            std::ranges::copy(layer.parameter(name).as(), alone.parameter(name).as().begin());
        const std::size_t size = alone.input(0).as().size();
        std::ranges::copy(layer.input(0).as().last(size), alone.input(0).as().begin());
        alone.run();
        CHECK(std::memcmp(alone.output().as().data(), layer.output().as().last(size).data(), size * sizeof(float)) ==
              0);
    }
}

TEST_CASE("layer_normalization: an input without features, or of bytes, is refused") {
    CHECK(refusal(Kind::layer, "layer_normalization", "", {floats({1})}) ==
          "test:1:1: layer_normalization 'layer_normalization': input has shape [1] (from the data); "
          "[batch, ..., features] is wanted");
    CHECK(refusal(Kind::layer, "layer_normalization", "", {{{1, 2}, Element::uint8}}) ==
          "test:1:1: layer_normalization 'layer_normalization': input [1, 2] (from the data) is uint8; "
          "float32 is wanted: put a rescaling before it");
}
