#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "plexus/text.hpp"
#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

const std::vector<TensorType> input{{{6, 1003}, Element::float32}};

std::vector<bool> zeros(const Array& array) {
    std::vector<bool> zeros;
    for (const float value : array.as())
        zeros.push_back(value == 0);
    return zeros;
}

}  // namespace

TEST_CASE("dropout: drops about its rate, scales the rest, and lets the same gradients through") {
    // 1, 2, 4, 8 and 16 random bits an element.
    for (const double rate : {0.5, 0.25, 0.1875, 0.00390625, 0.1, 0.999}) {
        CAPTURE(rate);
        LayerUnderTest layer{"dropout", text("{rate: ", rate, "}"), input};
        layer.randomize();
        layer.run();
        const auto scale = static_cast<float>(1 / (1 - rate));
        std::size_t dropped = 0;
        bool right = true;
        for (std::size_t i = 0; i < layer.output().as().size(); ++i) {
            const bool zero = layer.output().as()[i] == 0;
            dropped += zero;
            right = right && (zero || layer.output().as()[i] == layer.input(0).as()[i] * scale);
            right = right && layer.input_gradient(0).as()[i] == (zero ? 0 : layer.output_gradient().as()[i] * scale);
        }
        CHECK(right);
        const double share = static_cast<double>(dropped) / (6 * 1003);
        CHECK(std::abs(share - rate) < 5 * std::sqrt(rate * (1 - rate) / (6 * 1003)));
    }
}

TEST_CASE("dropout: what it drops depends on seed, step and sample, not on shards or threads") {
    const auto drops = [](LayerUnderTest::Options options, int runs = 1) {
        LayerUnderTest layer{Kind::layer, "dropout", "{rate: 0.3}", input, options};
        layer.randomize();
        for (int run = 0; run < runs; ++run)
            layer.run();
        return zeros(layer.output());
    };
    const auto first = drops({.shard = 2, .seed = 1, .threads = 2});
    CHECK(drops({.shard = 6, .seed = 1, .threads = 1}) == first);
    CHECK(drops({.shard = 1, .seed = 1, .threads = 2}) == first);
    CHECK(drops({.shard = 2, .seed = 2, .threads = 2}) != first);
    CHECK(drops({.shard = 2, .seed = 1, .threads = 2}, 2) != first);
    CHECK_FALSE(std::equal(first.begin(), first.begin() + 1003, first.begin() + 1003));
}

TEST_CASE("dropout: changes nothing in inference and with rate 0") {
    for (const auto& [attributes, mode] :
         {std::pair{"{rate: 0.5}", Mode::inference}, std::pair{"{rate: 0}", Mode::training}}) {
        LayerUnderTest layer{Kind::layer, "dropout", attributes, input, {.mode = mode}};
        layer.randomize();
        layer.run();
        CHECK(std::ranges::equal(layer.output().as(), layer.input(0).as()));
        if (mode == Mode::training)
            CHECK(std::ranges::equal(layer.input_gradient(0).as(), layer.output_gradient().as()));
    }
}

TEST_CASE("dropout: a dropped NaN is 0") {
    LayerUnderTest layer{"dropout", "{rate: 0.5}", input};
    std::ranges::fill(layer.input(0).as(), std::numeric_limits<float>::quiet_NaN());
    layer.run();
    CHECK(std::ranges::count(layer.output().as(), 0.0F) > 2500);
}

TEST_CASE("dropout: a rate of 1, no rate, and bytes are refused") {
    CHECK(refusal(Kind::layer, "dropout", "{rate: 1}", input) ==
          "test:1:18: dropout 'rate' is 1; it must be at least 0 and below 1");
    CHECK(refusal(Kind::layer, "dropout", "", input) ==
          "test:1:1: dropout wants 'rate', a number: share of elements that are dropped");
    CHECK(refusal(Kind::layer, "dropout", "{rate: 0.5}", {{{1, 3}, Element::uint8}}) ==
          "test:1:2: dropout 'dropout': input [1, 3] (from the data) is uint8; float32 is wanted: put a rescaling "
          "before it");
}
