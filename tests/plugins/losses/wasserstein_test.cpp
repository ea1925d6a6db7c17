#include <doctest/doctest.h>

#include "tests/plugins/fixture.hpp"
#include "tests/plugins/made.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

LayerUnderTest loss(const char* attributes, const Shape& shape) {
    return {Kind::loss, "wasserstein", attributes, {{shape, Element::float32}}, {}};
}

}  // namespace

TEST_CASE("wasserstein: is the mean of a sample's values, and its negative for what is to be raised") {
    for (const auto& [attributes, sign] : {std::pair{"{target: 1}", -1.0}, std::pair{"{target: -1}", 1.0}})
        for (const Shape& shape : {Shape{5}, Shape{5, 1}, Shape{5, 3, 7}}) {
            CAPTURE(attributes);
            CAPTURE(shape);
            LayerUnderTest layer = loss(attributes, shape);
            layer.randomize();
            layer.run();
            const auto size = static_cast<std::size_t>(shape.from(1).elements());
            std::vector<double> y(5), dx;
            for (std::size_t i = 0; i < 5 * size; ++i) {
                y[i / size] += sign * layer.input(0).as()[i] / static_cast<double>(size);
                dx.push_back(sign * layer.output_gradient().as()[i / size] / static_cast<double>(size));
            }
            CHECK(layer.output().shape() == Shape{5});
            CHECK(largest_error(layer.output().as(), y) < 1e-7);
            CHECK(largest_error(layer.input_gradient(0).as(), dx) < 1e-7);
            CHECK(gradient_error(layer) < 1e-3);
        }
}

TEST_CASE("wasserstein: other targets are refused, and none") {
    const auto message = [](const char* attributes) {
        return refusal(Kind::loss, "wasserstein", attributes, {{{1, 3}, Element::float32}});
    };
    CHECK(message("{target: 0}") ==
          "test:1:24: 'target' is 0; it must be 1, for values that are to be raised, or -1, for values that are to be "
          "lowered");
    CHECK(message("{target: 2}") == "test:1:24: wasserstein 'target' is 2; it must be at least -1 and at most 1");
    CHECK(message("{}") ==
          "test:1:2: wasserstein wants 'target', a whole number: 1: x is to be raised; -1: x is to be lowered");
}
