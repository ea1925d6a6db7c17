#include <doctest/doctest.h>

#include <algorithm>

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

TEST_CASE("text: gzip data are unpacked, and refused where they are damaged or too large") {
    const std::string content = "In the beginning\n";
    const std::string packed = gzip(content);
    const Array array = format("text").read(file_of("a.gz", packed));
    CHECK(std::ranges::equal(array.as<std::uint8_t>(), content));
    CHECK(refusal_of("text", file_of("cut.gz", packed.substr(0, packed.size() - 9))) ==
          "cut.gz: its gzip data stops before its end; get the file again");
    const std::string member = gzip(std::string(std::size_t{16} << 20, ' '));
    std::string many;
    for (int i = 0; i < 17; ++i)
        many += member;
    CHECK(refusal_of("text", file_of("many.gz", many)) ==
          "many.gz: unpacks to more than 268435456 bytes; unpack it, and use a part of it");
}
