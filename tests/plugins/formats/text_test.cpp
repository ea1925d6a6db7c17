#include <doctest/doctest.h>

#include "tests/plugins/formats/opened.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("text: gives the bytes of a file, and writes them back") {
    const std::string content{"a\0\xff\n", 4};
    const Array array = format("text").read(file_of("a.txt", content));
    CHECK(array.type() == TensorType{Shape{4}, Element::uint8});
    format("text").write("b.txt", array.view());
    CHECK(content_of("b.txt") == content);
    CHECK(format("text").read(file_of("empty.txt", "")).shape() == Shape{0});
    CHECK_THROWS_WITH_AS(format("text").write("c.txt", Array{{Shape{2, 2}, Element::uint8}}.view()),
                         "c.txt: text is written from uint8 [bytes]; this is uint8 [2, 2]", InputError);
}
