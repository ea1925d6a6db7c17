#include <doctest/doctest.h>

#include <string>

#include "tests/plugins/fixture.hpp"
#include "tests/plugins/made.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("instance_normalization: agrees with PyTorch and with central differences") {
    const Fixture torch("image_layers");
    LayerUnderTest layer{"instance_normalization", "{epsilon: 0.00001}", {{{2, 4, 5, 3}, Element::float32}}};
    torch.copy("x", layer.input(0).as());
    torch.copy("instance.gamma", layer.parameter("gamma").as());
    torch.copy("instance.beta", layer.parameter("beta").as());
    torch.copy("instance.dy", layer.output_gradient().as());
    layer.run();
    CHECK(largest_error(layer.output().as(), torch["instance.y"]) < 1e-5);
    CHECK(largest_error(layer.input_gradient().as(), torch["instance.dx"]) < 1e-5);
    CHECK(largest_error(layer.parameter_gradient("gamma").as(), torch["instance.dgamma"]) < 1e-5);
    CHECK(largest_error(layer.parameter_gradient("beta").as(), torch["instance.dbeta"]) < 1e-5);
    CHECK(gradient_error(layer) < 1e-3);
}

TEST_CASE("instance_normalization: sequences, many channels, and neither gamma nor beta") {
    LayerUnderTest layer{"instance_normalization", "{center: false, scale: false}", {{{3, 7, 19}, Element::float32}}};
    layer.randomize();
    CHECK(layer.output().shape() == Shape{3, 7, 19});
    CHECK(gradient_error(layer) < 1e-3);
    LayerUnderTest scaled{"instance_normalization", "{center: false}", {{{3, 7, 19}, Element::float32}}};
    scaled.randomize();
    CHECK(gradient_error(scaled) < 1e-3);
}

TEST_CASE("instance_normalization: what has no places is refused") {
    CHECK(refusal(Kind::layer, "instance_normalization", "", {{{1, 4}, Element::float32}})
              .ends_with("instance_normalization wants [batch, rows, columns, channels] or [batch, steps, channels]"));
}
