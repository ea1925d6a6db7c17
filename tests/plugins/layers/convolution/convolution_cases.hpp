// What the tests of all layers that slide a kernel do: compare with plain loops, with PyTorch, and with other slices.
#pragma once
#include <doctest/doctest.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "tests/plugins/fixture.hpp"
#include "tests/plugins/kernels/convolution_reference.hpp"
#include "tests/support/layer_under_test.hpp"

namespace plexus::test {

inline TensorType floats(const Shape& shape) {
    return {shape, Element::float32};
}

inline std::vector<double> doubles(std::span<const float> v) {
    return {v.begin(), v.end()};
}

/// Agrees with what a script in tests/peers/ wrote, in values and gradients.
inline void check_fixture(const std::string& type, const std::string& name, const std::string& attributes,
                          const Shape& input) {
    CAPTURE(name);
    const Fixture peer{"images"};
    LayerUnderTest layer{type, attributes, {floats(input)}};
    peer.copy(name + ".x", layer.input(0).as());
    peer.copy(name + ".kernel", layer.parameter("kernel").as());
    peer.copy(name + ".bias", layer.parameter("bias").as());
    peer.copy(name + ".dy", layer.output_gradient().as());
    layer.run();
    CHECK(largest_error(layer.output().as(), peer[name + ".y"]) < 1e-6);
    CHECK(largest_error(layer.input_gradient().as(), peer[name + ".dx"]) < 1e-6);
    CHECK(largest_error(layer.parameter_gradient("kernel").as(), peer[name + ".dkernel"]) < 1e-6);
    CHECK(largest_error(layer.parameter_gradient("bias").as(), peer[name + ".dbias"]) < 1e-6);
}

/// Samples [17, ...] have the same output bits in any slices, on any threads, and the last one alone too.
inline void check_bits(const std::string& type, const std::string& attributes, const Shape& batch) {
    CAPTURE(attributes);
    const auto bits_equal = [](const Array& a, const float* b) {
        return std::memcmp(a.view().data, b, a.type().bytes()) == 0;
    };
    LayerUnderTest all{Kind::layer, type, attributes, {floats(batch)}, {.shard = 16}};
    all.randomize();
    all.run();
    for (const std::int64_t shard : {1, 3, 17})
        for (const std::size_t threads : {1, 2, 5}) {
            LayerUnderTest other{Kind::layer, type, attributes, {floats(batch)}, {.shard = shard, .threads = threads}};
            other.randomize();
            other.run();
            CHECK(bits_equal(other.output(), all.output().as().data()));
            CHECK(bits_equal(other.input_gradient(), all.input_gradient().as().data()));
        }
    // Predictions have kernels of their own, which may be cut along the channels: they are compared with each other.
    LayerUnderTest together{Kind::layer, type, attributes, {floats(batch)}, {.mode = Mode::inference, .shard = 16}};
    together.randomize();
    together.run();
    for (const std::size_t threads : {1, 2, 5}) {
        LayerUnderTest one{Kind::layer,
                           type,
                           attributes,
                           {floats(batch.from(1).batch(1))},
                           {.mode = Mode::inference, .threads = threads}};
        for (const std::string& name : one.parameters())
            std::memcpy(one.parameter(name).view().data, together.parameter(name).view().data,
                        one.parameter(name).type().bytes());
        const std::size_t last = static_cast<std::size_t>(batch[0] - 1);
        std::memcpy(one.input(0).view().data, together.input(0).as().data() + last * one.input(0).as().size(),
                    one.input(0).type().bytes());
        one.run();
        CHECK(bits_equal(one.output(), together.output().as().data() + last * one.output().as().size()));
    }
}

/// Sum of y times `slope`, of whatever `forward` computes of (x, kernel, bias), against its gradients by central
/// differences: a few numbers of each.
inline void check_differences(
    const std::function<std::vector<double>(const std::vector<double>& x, const std::vector<double>& kernel,
                                            const std::vector<double>& bias)>& forward,
    std::vector<double> x, std::vector<double> kernel, std::vector<double> bias, const std::vector<double>& slope,
    const std::vector<std::vector<double>>& gradients) {
    std::vector<double>* const moved[] = {&x, &kernel, &bias};
    const auto objective = [&] {
        const std::vector<double> y = forward(x, kernel, bias);
        double sum = 0;
        for (std::size_t i = 0; i < y.size(); ++i)
            sum += y[i] * slope[i];
        return sum;
    };
    for (std::size_t which = 0; which < gradients.size(); ++which) {
        REQUIRE(gradients[which].size() == moved[which]->size());
        for (std::size_t at = 0; at < gradients[which].size(); at += 1 + gradients[which].size() / 7) {
            double& number = (*moved[which])[at];
            const double before = number;
            number = before + 1e-3;
            const double up = objective();
            number = before - 1e-3;
            const double down = objective();
            number = before;
            CHECK((up - down) / 2e-3 == doctest::Approx(gradients[which][at]).epsilon(1e-7).scale(1));
        }
    }
}

}  // namespace plexus::test
