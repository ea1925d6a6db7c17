#include "plexus/shape.hpp"

#include <doctest/doctest.h>

#include "plexus/error.hpp"
#include "plexus/text.hpp"

using namespace plexus;

TEST_CASE("shape: prints like a list, and counts its elements") {
    const Shape shape{128, 5, 5, 64};
    CHECK(to_string(shape) == "[128, 5, 5, 64]");
    CHECK(text(shape) == "[128, 5, 5, 64]");
    CHECK(to_string(Shape{}) == "[]");
    CHECK(shape.elements() == 128 * 5 * 5 * 64);
    CHECK(shape.back() == 64);
    CHECK(Shape{}.elements() == 1);
    CHECK(Shape{3, 0, 2}.elements() == 0);
}

TEST_CASE("shape: a batch is one more dimension in front, a sample one less") {
    CHECK(Shape{5, 6}.batch(3) == Shape{3, 5, 6});
    CHECK(Shape{3, 5, 6}.from(1) == Shape{5, 6});
    CHECK(Shape{3}.from(1) == Shape{});
    CHECK(Shape{3, 5, 6}.with(1, 9) == Shape{3, 9, 6});
    CHECK(Shape{3, 5} != Shape{3, 5, 1});
}

TEST_CASE("shape: has at most eight dimensions") {
    const Shape eight{1, 2, 3, 4, 5, 6, 7, 8};
    CHECK(eight.rank() == 8);
    CHECK_THROWS_WITH_AS((Shape{1, 2, 3, 4, 5, 6, 7, 8, 9}), "a tensor may have at most 8 dimensions; this one has 9",
                         InputError);
    CHECK_THROWS_WITH_AS((void)eight.batch(2), "a sample may have at most 7 dimensions; this one has 8", InputError);
}
