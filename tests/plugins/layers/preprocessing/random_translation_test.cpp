#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "tests/support/layer_under_test.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

constexpr std::int64_t samples = 64, height = 5, width = 4, channels = 2;
const std::vector<TensorType> images{{{samples, height, width, channels}, Element::float32}};

std::int64_t place(std::int64_t at, std::int64_t size, const std::string& fill) {
    if (fill == "nearest")
        return std::clamp<std::int64_t>(at, 0, size - 1);
    while (fill == "wrap" && at < 0)
        at += size;
    while (fill == "wrap" && at >= size)
        at -= size;
    while (fill == "reflect" && (at < 0 || at >= size))
        at = at < 0 ? -1 - at : 2 * size - 1 - at;
    return at < 0 || at >= size ? -1 : at;
}

/// The image moved down by `rows` and to the right by `columns`, one pixel after the other.
float moved(std::span<const float> x, std::int64_t h, std::int64_t w, std::int64_t k, const std::string& fill) {
    h = place(h, height, fill);
    w = place(w, width, fill);
    return h < 0 || w < 0 ? 9.0F : x[static_cast<std::size_t>((h * width + w) * channels + k)];
}

std::set<std::pair<std::int64_t, std::int64_t>> moves_seen(LayerUnderTest& layer, const std::string& fill) {
    std::set<std::pair<std::int64_t, std::int64_t>> seen;
    constexpr std::size_t image = height * width * channels;
    for (std::size_t n = 0; n < samples; ++n) {
        const std::span<const float> x = layer.input(0).as().subspan(n * image, image);
        const auto y = layer.output().as().subspan(n * image, image);
        bool found = false;
        for (std::int64_t rows = -1; rows <= 2 && !found; ++rows)
            for (std::int64_t columns = -1; columns <= 2 && !found; ++columns) {
                bool equal = true;
                for (std::size_t i = 0; i < image && equal; ++i) {
                    const auto at = static_cast<std::int64_t>(i);
                    equal = y[i] == moved(x, at / (width * channels) - rows, at / channels % width - columns,
                                          at % channels, fill);
                }
                if (equal) {
                    seen.insert({rows, columns});
                    found = true;
                }
            }
        CHECK(found);
    }
    return seen;
}

}  // namespace

TEST_CASE("random_translation: moves each image by whole pixels within its range, whatever fills the rest") {
    for (const std::string fill : {"constant", "nearest", "reflect", "wrap"}) {
        CAPTURE(fill);
        LayerUnderTest layer{"random_translation",
                             "{height_factor: 0.2, width_factor: [0, 0.5], fill_value: 9, fill_mode: " + fill + "}",
                             images};
        layer.randomize();
        layer.run();
        const auto seen = moves_seen(layer, fill);
        std::set<std::pair<std::int64_t, std::int64_t>> all;
        for (std::int64_t rows = -1; rows <= 1; ++rows)
            for (std::int64_t columns = 0; columns <= 2; ++columns)
                all.insert({rows, columns});
        CHECK(seen == all);
        CHECK(gradient_error(layer) < 1e-3);
    }
}

TEST_CASE("random_translation: pixels means as many both ways") {
    LayerUnderTest layer{"random_translation", "{pixels: 1, fill_mode: wrap}", images};
    layer.randomize();
    layer.run();
    CHECK(moves_seen(layer, "wrap").size() == 9);
}

TEST_CASE("random_translation: leaves images alone in inference") {
    LayerUnderTest layer{Kind::layer, "random_translation", "{pixels: 2}", images, {.mode = Mode::inference}};
    layer.randomize();
    layer.run();
    CHECK(std::ranges::equal(layer.output().as(), layer.input(0).as()));
}

TEST_CASE("random_translation: contradictions and distances beyond the image are refused") {
    const auto message = [](const char* attributes) {
        return refusal(Kind::layer, "random_translation", attributes, images);
    };
    CHECK(message("") == "test:1:1: nothing says how far to move: give height_factor, width_factor or pixels");
    CHECK(message("{pixels: 1, width_factor: 0.1}") ==
          "test:1:31: 'pixels' stands beside height_factor or width_factor; only one of them is possible");
    CHECK(message("{width_factor: 1.5}") ==
          "test:1:37: 'width_factor' gives the range -1.5 .. 1.5; wanted is a part of -1 .. 1 of the image, "
          "lowest first");
    CHECK(message("{pixels: 5}") ==
          "test:1:2: random_translation 'random_translation': pixels is 5, more than the input [64, 5, 4, 2] "
          "(from the data) has");
}
