#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/plugins/fixture.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("repeat_vector: agrees with PyTorch, and its gradient with central differences") {
    const Fixture torch{"sequences"};
    LayerUnderTest layer{"repeat_vector", "{n: 5}", {{{3, 4}, Element::float32}}};
    torch.copy("repeat_vector.x", layer.input(0).as());
    torch.copy("repeat_vector.dy", layer.output_gradient().as());
    layer.run();
    CHECK(layer.output().shape() == Shape{3, 5, 4});
    CHECK(largest_error(layer.output().as(), torch["repeat_vector.y"]) < 1e-7);
    CHECK(largest_error(layer.input_gradient().as(), torch["repeat_vector.dx"]) < 1e-6);
    CHECK(gradient_error(layer) < 1e-3);
}

TEST_CASE("repeat_vector: one step is the vector itself; tokens are repeated too") {
    LayerUnderTest once{"repeat_vector", "{n: 1}", {{{3, 7}, Element::float32}}};
    once.randomize();
    once.run();
    CHECK(once.output().shape() == Shape{3, 1, 7});
    CHECK(std::ranges::equal(once.output().as(), once.input(0).as()));
    CHECK(std::ranges::equal(once.input_gradient().as(), once.output_gradient().as()));

    LayerUnderTest layer{Kind::layer, "repeat_vector", "{n: 2}", {{{2, 2}, Element::int32}}, {.mode = Mode::inference}};
    const std::int32_t values[] = {1, 2, 3, 4}, repeated[] = {1, 2, 1, 2, 3, 4, 3, 4};
    std::ranges::copy(values, layer.input(0).as<std::int32_t>().begin());
    layer.run();
    CHECK(layer.output().type() == TensorType{{2, 2, 2}, Element::int32});
    CHECK(std::ranges::equal(layer.output().as<std::int32_t>(), repeated));
}

TEST_CASE("repeat_vector: what is no vector is refused") {
    CHECK(refusal(Kind::layer, "repeat_vector", "{n: 2}", {{{1, 4, 3}, Element::float32}}) ==
          "test:1:2: repeat_vector 'repeat_vector': input has shape [1, 4, 3] (from the data); [batch, features] is "
          "wanted");
    CHECK(refusal(Kind::layer, "repeat_vector", "{n: 0}", {{{1, 4}, Element::float32}}).find("'n'") !=
          std::string::npos);
}
