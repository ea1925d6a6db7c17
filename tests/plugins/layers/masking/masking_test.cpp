#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

template <class T>
std::vector<std::int32_t> lengths_of(const std::string& attributes, const Shape& shape, const std::vector<T>& numbers,
                                     std::int64_t shard = 2) {
    LayerUnderTest layer{Kind::layer, "masking", attributes, {{shape, element_of<T>}}, {.shard = shard}};
    std::ranges::copy(numbers, layer.input(0).as<T>().begin());
    layer.run();
    CHECK(layer.output().type() == TensorType{{shape[0]}, Element::int32});
    const auto y = layer.output().as<std::int32_t>();
    return {y.begin(), y.end()};
}

}  // namespace

TEST_CASE("masking: of tokens, the steps up to the last that is not mask_value, also where some before are") {
    const std::vector<std::int32_t> tokens{5, 3, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 1, 2, 3, 4};
    for (const std::int64_t shard : {1, 3, 4})
        CHECK(lengths_of("", {4, 4}, tokens, shard) == std::vector<std::int32_t>{2, 3, 0, 4});
    CHECK(lengths_of("{mask_value: 4}", {4, 4}, tokens) == std::vector<std::int32_t>{4, 4, 4, 3});
    CHECK(lengths_of("{mask_value: -1}", {4, 4}, tokens) == std::vector<std::int32_t>{4, 4, 4, 4});
    CHECK(lengths_of("", {2, 3}, std::vector<std::uint8_t>{1, 0, 0, 0, 200, 0}) == std::vector<std::int32_t>{1, 2});
}

TEST_CASE("masking: a step of features counts unless all of them are mask_value; a NaN counts") {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    CHECK(lengths_of<float>("", {3, 3, 2}, {1, 0, 0, 2, 0, 0, -0.0F, 0, 0, 0, 0, 0, 0, 0, 0, nan, 0, 0}) ==
          std::vector<std::int32_t>{2, 0, 2});
    CHECK(lengths_of<float>("{mask_value: 0.1}", {2, 2, 1}, {1, 0.1F, 0.1F, 0.1F}) == std::vector<std::int32_t>{1, 0});
    CHECK(lengths_of<float>("", {1, 2, 1, 2}, {0, 3, 0, 0}) == std::vector<std::int32_t>{1});
}

TEST_CASE("masking: more padding has the same lengths") {
    const std::vector<float> x{1, 2, 0, 3, 0, 0};
    CHECK(lengths_of("", {2, 3}, x) == lengths_of<float>("", {2, 5}, {1, 2, 0, 0, 0, 3, 0, 0, 0, 0}));
}

TEST_CASE("masking: what has no steps, or other elements, is refused") {
    CHECK(refusal(Kind::layer, "masking", "", {{{1}, Element::float32}}) ==
          "test:1:1: masking 'masking': input has shape [1] (from the data); [batch, steps, ...] is wanted, with one "
          "or more");
    CHECK(refusal(Kind::layer, "masking", "", {{{1, 3}, Element::float64}}) ==
          "test:1:1: masking 'masking': input [1, 3] (from the data) is float64; float32, int32 or uint8 is wanted");
}
