#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("normalization: an estimate pass finds mean and variance of each channel, of floats and of bytes") {
    for (const Element element : {Element::float32, Element::uint8}) {
        CAPTURE(element);
        LayerUnderTest layer{
            Kind::layer, "normalization", "", {{{5, 3, 2}, element}}, {.mode = Mode::estimate, .shard = 2}};
        layer.randomize();
        std::vector<double> x;
        for (std::size_t i = 0; i < 30; ++i) {
            if (element == Element::uint8)
                layer.input(0).as<std::uint8_t>()[i] = static_cast<std::uint8_t>(8 * i + i % 3);
            x.push_back(element == Element::uint8 ? layer.input(0).as<std::uint8_t>()[i] : layer.input(0).as()[i]);
        }
        layer.run();
        std::vector<double> means(2), variances(2), y;
        for (std::size_t i = 0; i < 30; ++i)
            means[i % 2] += x[i] / 15;
        for (std::size_t i = 0; i < 30; ++i)
            variances[i % 2] += (x[i] - means[i % 2]) * (x[i] - means[i % 2]) / 15;
        for (std::size_t i = 0; i < 30; ++i)
            y.push_back((x[i] - means[i % 2]) / std::sqrt(variances[i % 2]));
        CHECK(largest_error(layer.state("mean").as(), means) < 1e-6);
        CHECK(largest_error(layer.state("variance").as(), variances) < 1e-6);
        CHECK(largest_error(layer.output().as(), y) < 1e-6);
    }
}

TEST_CASE("normalization: training and inference leave the states alone; a constant channel does not divide by 0") {
    for (const Mode mode : {Mode::training, Mode::inference}) {
        LayerUnderTest layer{Kind::layer, "normalization", "", {{{4, 3}, Element::float32}}, {.mode = mode}};
        layer.randomize();
        const std::vector<float> means{0.5F, -1, 2}, variances{4, 0.25F, 0};
        std::copy(means.begin(), means.end(), layer.state("mean").as().begin());
        std::copy(variances.begin(), variances.end(), layer.state("variance").as().begin());
        layer.input(0).as()[2] = 2;
        layer.run();
        CHECK(layer.output().as()[0] == (layer.input(0).as()[0] - 0.5F) / 2);
        CHECK(layer.output().as()[1] == (layer.input(0).as()[1] + 1) * 2);
        CHECK(layer.output().as()[2] == 0);
        CHECK(largest_error(layer.state("mean").as(), means) == 0);
        CHECK(largest_error(layer.state("variance").as(), variances) == 0);
        if (mode == Mode::training)
            CHECK(layer.input_gradient(0).as()[1] == layer.output_gradient().as()[1] * 2);
    }
}
