#include <doctest/doctest.h>

#include <algorithm>

#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("sum: adds a sample's values up in double, and of one value is that value") {
    LayerUnderTest terms{Kind::loss, "sum", "", {{{5}, Element::float32}}, {}};
    terms.randomize();
    terms.run();
    CHECK(std::ranges::equal(terms.output().as(), terms.input(0).as()));
    CHECK(std::ranges::equal(terms.input_gradient(0).as(), terms.output_gradient().as()));
    LayerUnderTest layer{Kind::loss, "sum", "", {{{2, 3, 3}, Element::float32}}, {}};
    layer.randomize();
    layer.input(0).as()[0] = 1e9F;
    layer.input(0).as()[8] = -1e9F;
    layer.run();
    std::vector<double> y(2), dx;
    for (std::size_t i = 0; i < 18; ++i) {
        y[i / 9] += layer.input(0).as()[i];
        dx.push_back(layer.output_gradient().as()[i / 9]);
    }
    CHECK(largest_error(layer.output().as(), y) < 1e-6);
    CHECK(largest_error(layer.input_gradient(0).as(), dx) == 0);
}

TEST_CASE("sum: gradients agree with central differences") {
    LayerUnderTest layer{Kind::loss, "sum", "", {{{4, 3, 3}, Element::float32}}, {}};
    layer.randomize();
    CHECK(gradient_error(layer) < 1e-3);
}
