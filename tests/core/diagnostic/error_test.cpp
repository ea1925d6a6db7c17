#include <doctest/doctest.h>

#include "plexus/error.hpp"

using namespace plexus;

TEST_CASE("an error begins with its place and leaves out what is unknown") {
    CHECK(std::string{InputError({"a.yaml", 3, 5}, "wrong").what()} == "a.yaml:3:5: wrong");
    CHECK(std::string{InputError({"a.yaml", 3}, "wrong").what()} == "a.yaml:3: wrong");
    CHECK(std::string{InputError({"a.yaml"}, "wrong").what()} == "a.yaml: wrong");
    CHECK(std::string{InputError("wrong").what()} == "wrong");
}

TEST_CASE("what a template was expanding ends the first line, before lists") {
    const Position position{"a.yaml", 3, 5, "in model cnn, block2/pool"};
    CHECK(std::string{InputError(position, "wrong").what()} == "a.yaml:3:5: wrong (in model cnn, block2/pool)");
    CHECK(std::string{RunError(position, "unknown\n  searched /usr").what()} ==
          "a.yaml:3:5: unknown (in model cnn, block2/pool)\n  searched /usr");
}
