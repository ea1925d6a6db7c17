#include "plexus/tensor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "plexus/error.hpp"
#include "plexus/text.hpp"

using namespace plexus;

TEST_CASE("element types: have a size and a name") {
    CHECK(size_of(Element::float32) == 4);
    CHECK(size_of(Element::float64) == 8);
    CHECK(size_of(Element::int32) == 4);
    CHECK(size_of(Element::uint8) == 1);
    CHECK(text(Element::float32, ' ', Element::float64, ' ', Element::int32, ' ', Element::uint8) ==
          "float32 float64 int32 uint8");
    CHECK(TensorType{Shape{2, 3}, Element::float64}.bytes() == 48);
}

TEST_CASE("array: starts as zeros, at a cache line") {
    const Array array{{Shape{3, 5}, Element::float32}};
    CHECK(reinterpret_cast<std::uintptr_t>(array.view().data) % 64 == 0);
    CHECK(array.as().size() == 15);
    CHECK(std::ranges::all_of(array.as(), [](float x) { return x == 0; }));
}

TEST_CASE("array: a copy has its own memory, a moved-from array none") {
    Array first{{Shape{2}, Element::int32}};
    first.as<std::int32_t>()[1] = 7;
    Array copy = first;
    copy.as<std::int32_t>()[0] = 1;
    CHECK(first.as<std::int32_t>()[0] == 0);
    CHECK(copy.as<std::int32_t>()[1] == 7);
    const void* place = first.view().data;
    Array moved = std::move(first);
    CHECK(moved.view().data == place);
    copy = moved;
    CHECK(copy.as<std::int32_t>()[0] == 0);
    const Array& same = copy;
    copy = same;
    CHECK(copy.as<std::int32_t>()[1] == 7);
}

TEST_CASE("array: one without elements is there, one without a type is absent") {
    const Array empty{{Shape{0, 3}, Element::float32}};
    CHECK(empty.view());
    CHECK(empty.as().empty());
    const Array absent;
    CHECK_FALSE(absent.view());
    CHECK(absent.as().empty());
    const Array copy = absent;
    CHECK_FALSE(copy.view());
}

TEST_CASE("array: a new shape has as many elements") {
    Array array{{Shape{2, 6}, Element::uint8}};
    array.reshape(Shape{3, 4});
    CHECK(array.shape() == Shape{3, 4});
    CHECK_THROWS_WITH_AS(array.reshape(Shape{5}),
                         "an array of shape [3, 4] cannot become [5]: the number of elements differs", InputError);
}
