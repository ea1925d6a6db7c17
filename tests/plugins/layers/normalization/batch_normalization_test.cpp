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

/// y, and what the moving averages become, by plain loops in double.
struct Reference {
    std::vector<double> y, means, variances;

    Reference(LayerUnderTest& layer, double epsilon) {
        const auto x = layer.input(0).as();
        const auto channels = static_cast<std::size_t>(layer.input(0).shape().back());
        const std::size_t rows = x.size() / channels;
        y.resize(x.size());
        for (std::size_t c = 0; c < channels; ++c) {
            double mean = 0;
            double variance = 0;
            for (std::size_t r = 0; r < rows; ++r)
                mean += x[r * channels + c];
            mean /= static_cast<double>(rows);
            for (std::size_t r = 0; r < rows; ++r)
                variance += (x[r * channels + c] - mean) * (x[r * channels + c] - mean);
            variance /= static_cast<double>(rows);
            for (std::size_t r = 0; r < rows; ++r)
                y[r * channels + c] =
                    (x[r * channels + c] - mean) / std::sqrt(variance + epsilon) * layer.parameter("gamma").as()[c] +
                    layer.parameter("beta").as()[c];
            means.push_back(mean);
            variances.push_back(variance);
        }
    }
};

}  // namespace

TEST_CASE("batch_normalization: agrees with plain loops in double, and its gradients with central differences") {
    for (const Shape& shape : {Shape{7, 3}, Shape{5, 2, 3, 9}, Shape{5, 4, 16}}) {
        CAPTURE(shape);
        LayerUnderTest layer{"batch_normalization", "", {floats(shape)}};
        layer.randomize();
        const Reference reference{layer, 1e-3};
        layer.run();
        CHECK(largest_error(layer.output().as(), reference.y) < 1e-6);
        std::vector<double> means, variances;
        for (std::size_t c = 0; c < reference.means.size(); ++c) {
            means.push_back(0.01 * reference.means[c]);
            variances.push_back(0.99 + 0.01 * reference.variances[c]);
        }
        CHECK(largest_error(layer.state("moving_mean").as(), means) < 1e-6);
        CHECK(largest_error(layer.state("moving_variance").as(), variances) < 1e-6);
        CHECK(gradient_error(layer) < 1e-3);
    }
}

TEST_CASE("batch_normalization: agrees with PyTorch, whose defaults are attributes") {
    const Fixture torch{"layers"};
    const char* const attributes = "{momentum: 0.9, epsilon: 1e-5, unbiased: true}";
    const std::string name = "batch_normalization.";
    LayerUnderTest layer{"batch_normalization", attributes, {floats({5, 2, 4, 3})}};
    torch.copy(name + "x", layer.input(0).as());
    torch.copy(name + "dy", layer.output_gradient().as());
    torch.copy(name + "gamma", layer.parameter("gamma").as());
    torch.copy(name + "beta", layer.parameter("beta").as());
    layer.run();
    CHECK(largest_error(layer.output().as(), torch[name + "y"]) < 1e-6);
    CHECK(largest_error(layer.input_gradient(0).as(), torch[name + "dx"]) < 2e-6);
    CHECK(largest_error(layer.parameter_gradient("gamma").as(), torch[name + "dgamma"]) < 1e-6);
    CHECK(largest_error(layer.parameter_gradient("beta").as(), torch[name + "dbeta"]) < 1e-6);
    CHECK(largest_error(layer.state("moving_mean").as(), torch[name + "moving_mean"]) < 1e-6);
    CHECK(largest_error(layer.state("moving_variance").as(), torch[name + "moving_variance"]) < 1e-6);

    LayerUnderTest inference{
        Kind::layer, "batch_normalization", attributes, {floats({5, 2, 4, 3})}, {.mode = Mode::inference}};
    torch.copy(name + "x", inference.input(0).as());
    torch.copy(name + "gamma", inference.parameter("gamma").as());
    torch.copy(name + "beta", inference.parameter("beta").as());
    torch.copy(name + "moving_mean", inference.state("moving_mean").as());
    torch.copy(name + "moving_variance", inference.state("moving_variance").as());
    inference.run();
    CHECK(largest_error(inference.output().as(), torch[name + "inference"]) < 1e-6);
}

TEST_CASE("batch_normalization: a mean far from 0 costs no digits of the variance") {
    LayerUnderTest layer{"batch_normalization", "", {floats({64, 1})}};
    layer.randomize();
    for (float& x : layer.input(0).as())
        x = 4096 + std::round(64 * x) / 64;
    const Reference reference{layer, 1e-3};
    layer.run();
    CHECK(largest_error(layer.output().as(), reference.y) < 1e-6);
}

TEST_CASE("batch_normalization: without scale and center it has no parameters, and still a gradient") {
    LayerUnderTest layer{"batch_normalization", "{scale: false, center: false}", {floats({6, 5})}};
    CHECK(layer.parameters().empty());
    CHECK(layer.states() == std::vector<std::string>{"moving_mean", "moving_variance"});
    layer.randomize();
    CHECK(gradient_error(layer) < 1e-3);
}

TEST_CASE("batch_normalization: the same bits with any number of threads") {
    std::vector<float> first;
    for (const std::size_t threads : {1, 2, 5}) {
        LayerUnderTest layer{
            Kind::layer, "batch_normalization", "", {floats({9, 3, 11})}, {.shard = 2, .threads = threads}};
        layer.randomize();
        layer.run();
        std::vector<float> bits;
        for (const Array* array : {&layer.output(), &layer.input_gradient(0), &layer.parameter_gradient("gamma")})
            bits.insert(bits.end(), array->as().begin(), array->as().end());
        if (first.empty())
            first = bits;
        CHECK(std::memcmp(first.data(), bits.data(), first.size() * sizeof(float)) == 0);
    }
}

TEST_CASE("batch_normalization: an estimate pass replaces the moving averages") {
    LayerUnderTest layer{
        Kind::layer, "batch_normalization", "", {floats({8, 2})}, {.mode = Mode::estimate, .shard = 3}};
    layer.randomize();
    layer.state("moving_mean").as()[0] = NAN;
    const Reference reference{layer, 1e-3};
    layer.run();
    CHECK(largest_error(layer.state("moving_mean").as(), reference.means) < 1e-6);
    CHECK(largest_error(layer.state("moving_variance").as(), reference.variances) < 1e-6);
}

TEST_CASE("batch_normalization: an input without channels, or of bytes, is refused") {
    CHECK(refusal(Kind::layer, "batch_normalization", "", {floats({1})}) ==
          "test:1:1: batch_normalization 'batch_normalization': input has shape [1] (from the data); "
          "[batch, ..., channels] is wanted");
    CHECK(refusal(Kind::layer, "batch_normalization", "", {{{1, 2}, Element::uint8}}) ==
          "test:1:1: batch_normalization 'batch_normalization': input [1, 2] (from the data) is uint8; "
          "float32 is wanted: put a rescaling before it");
}
