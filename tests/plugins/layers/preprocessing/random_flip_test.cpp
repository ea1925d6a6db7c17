#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>

#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

constexpr std::size_t samples = 64, height = 3, width = 4, channels = 2, image = height * width * channels;

/// Bit 0: columns mirrored, bit 1: rows mirrored; 4: neither of these four.
std::size_t flip_of(std::span<const float> x, std::span<const float> y) {
    for (std::size_t flip = 0; flip < 4; ++flip) {
        bool equal = true;
        for (std::size_t i = 0; i < image; ++i) {
            const std::size_t h = i / (width * channels), w = i / channels % width, k = i % channels;
            const std::size_t row = flip & 2 ? height - 1 - h : h;
            const std::size_t column = flip & 1 ? width - 1 - w : w;
            equal = equal && y[i] == x[(row * width + column) * channels + k];
        }
        if (equal)
            return flip;
    }
    return 4;
}

}  // namespace

TEST_CASE("random_flip: mirrors about half of the images in each direction that the mode allows, gradients alike") {
    struct Case {
        const char* mode;
        std::array<bool, 5> seen;
    };
    for (const Case& given :
         {Case{"horizontal", {true, true, false, false, false}}, Case{"vertical", {true, false, true, false, false}},
          Case{"horizontal_and_vertical", {true, true, true, true, false}}}) {
        CAPTURE(given.mode);
        LayerUnderTest layer{
            "random_flip", std::string("{mode: ") + given.mode + "}", {{{64, 3, 4, 2}, Element::float32}}};
        layer.randomize();
        layer.run();
        std::array<std::size_t, 5> counts{};
        for (std::size_t n = 0; n < samples; ++n) {
            const auto part = [&](const Array& array) { return array.as().subspan(n * image, image); };
            const std::size_t flip = flip_of(part(layer.input(0)), part(layer.output()));
            ++counts[flip];
            // The gradient goes back the same way.
            CHECK(flip_of(part(layer.output_gradient()), part(layer.input_gradient(0))) == flip);
        }
        for (std::size_t flip = 0; flip < 5; ++flip)
            CHECK((counts[flip] > 5) == given.seen[flip]);
    }
}

TEST_CASE("random_flip: leaves images alone in inference") {
    LayerUnderTest layer{
        Kind::layer, "random_flip", "", {{{64, 3, 4, 2}, Element::float32}}, {.mode = Mode::inference}};
    layer.randomize();
    layer.run();
    CHECK(std::ranges::equal(layer.output().as(), layer.input(0).as()));
}

TEST_CASE("random_flip: what is no batch of images is refused") {
    CHECK(refusal(Kind::layer, "random_flip", "", {{{1, 12}, Element::float32}}) ==
          "test:1:1: random_flip 'random_flip': input has shape [1, 12] (from the data); "
          "[batch, rows, columns, channels] is wanted");
}
