#include <doctest/doctest.h>

#include <vector>

#include "tests/plugins/formats/opened.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("csv: a table of numbers is read, with or without names above it") {
    for (const char* content : {"1,2.5\n-3,4e2\n", "a,b\n1,2.5\n-3,4e2", "\xef\xbb\xbf 1 ,\t2.5\r\n\r\n-3,4e2\r\n"}) {
        const Array array = format("csv").read(file_of("a.csv", content));
        REQUIRE(array.type() == TensorType{Shape{2, 2}, Element::float32});
        CHECK(std::vector<float>(array.as<float>().begin(), array.as<float>().end()) ==
              std::vector<float>{1, 2.5, -3, 400});
    }
}

TEST_CASE("csv: numbers are written so that the same come back") {
    Array array{{Shape{2, 1, 2}, Element::float32}};
    const std::vector<float> values{0.1F, -1e-38F, 16777217.0F, 3};
    std::copy(values.begin(), values.end(), array.as<float>().begin());
    format("csv").write("a.csv", array.view());
    CHECK(content_of("a.csv") == "0.1,-1e-38\n16777216,3\n");
    const Array again = format("csv").read("a.csv");
    CHECK(std::vector<float>(again.as<float>().begin(), again.as<float>().end()) == values);
    format("csv").write("b.csv", Array{{Shape{2}, Element::uint8}}.view());
    CHECK(content_of("b.csv") == "0\n0\n");
}

TEST_CASE("csv: a table that is none is refused with its line") {
    struct Case {
        std::string content;
        std::string message;
    };
    for (const Case& c : std::vector<Case>{
             {"", "has no line of numbers"},
             {"a,b\n", "has no line of numbers"},
             {"1,2\n3,x\n", "line 2, column 2 holds 'x', which is no number"},
             {"1,2\n\n3,\n", "line 3, column 2 holds '', which is no number"},
             {"1,2\n3\n", "line 2 has 1 columns; line 1 has 2"},
             {"1\n\x01nothing-that-goes-on-and-on-and-on-and-on\n",
              "line 2, column 1 holds '?nothing-that-goes-on-and-on-and...', which is no number"},
         })
        CHECK(refusal_of("csv", file_of("a.csv", c.content)) == "a.csv: " + c.message);
}
