// Kernels as pictures.
#include "apps/runner/inspection/contact_sheet.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "plexus/error.hpp"

using namespace plexus;

namespace {

Array counting(const Shape& shape) {
    Array result{TensorType{shape}};
    float next = 0;
    for (float& value : result.as())
        value = next++;
    return result;
}

int pixel(const Array& sheet, std::int64_t y, std::int64_t x, std::int64_t c = 0) {
    return sheet.as<std::uint8_t>()[static_cast<std::size_t>((y * sheet.shape()[1] + x) * sheet.shape()[2] + c)];
}

}  // namespace

TEST_CASE("contact_sheet: each output is a tile, magnified, from its least value in black to its largest in white") {
    // Two outputs of 2 x 2, one channel: the first is 0 2 4 6, the second 1 3 5 7; both fill their own range.
    const Array sheet = runner::contact_sheet(counting({2, 2, 1, 2}).view(), "k");
    REQUIRE(sheet.type() == TensorType{{32 + 4, 2 * 34 + 2, 1}, Element::uint8});
    for (const int left : {2, 2 + 34}) {
        CHECK(pixel(sheet, 2, left) == 0);
        CHECK(pixel(sheet, 2 + 15, left + 15) == 0);
        CHECK(pixel(sheet, 2, left + 16) == 85);
        CHECK(pixel(sheet, 2 + 16, left) == 170);
        CHECK(pixel(sheet, 2 + 31, left + 31) == 255);
    }
    CHECK(pixel(sheet, 0, 0) == 64);
}

TEST_CASE("contact_sheet: three channels are colours, of others the first is shown, and dense kernels are unrolled") {
    CHECK(runner::contact_sheet(counting({3, 3, 3, 5}).view(), "k").shape()[2] == 3);
    CHECK(runner::contact_sheet(counting({3, 3, 4, 5}).view(), "k").shape()[2] == 1);
    const Array colours = runner::contact_sheet(counting({1, 1, 3, 1}).view(), "k");
    CHECK(pixel(colours, 2, 2, 0) == 0);
    CHECK(pixel(colours, 2, 2, 1) == 128);
    CHECK(pixel(colours, 2, 2, 2) == 255);
    CHECK(runner::contact_sheet(counting({16, 4}).view(), "k").shape() == Shape{2 * 34 + 2, 2 * 34 + 2, 1});
    CHECK(runner::contact_sheet(counting({48, 1}).view(), "k").shape()[2] == 3);
}

TEST_CASE("contact_sheet: a flat tile is grey, what is not finite is black, other shapes are refused") {
    Array kernel = counting({1, 2, 1, 1});
    kernel.as()[0] = kernel.as()[1];
    CHECK(pixel(runner::contact_sheet(kernel.view(), "k"), 2, 2) == 128);
    kernel.as()[0] = NAN;
    CHECK(pixel(runner::contact_sheet(kernel.view(), "k"), 2, 2) == 0);
    CHECK_THROWS_AS((void)runner::contact_sheet(counting({5}).view(), "k"), InputError);
    CHECK_THROWS_AS((void)runner::contact_sheet(counting({5, 3}).view(), "k"), InputError);
    CHECK_THROWS_AS((void)runner::contact_sheet(counting({0, 3, 1, 1}).view(), "k"), InputError);
}
