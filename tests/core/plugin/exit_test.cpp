#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/core/plugin/fixtures.hpp"

using namespace plexus::test;

namespace {

int status_of_one_run() {
    const std::string command = "'" + load_and_exit().string() + "' '" + fixture("echo").parent_path().string() + "'";
    return std::system(command.c_str());
}

}  // namespace

TEST_CASE("a process that loaded plugins with static objects and thread-locals ends well") {
    CHECK(status_of_one_run() == 0);
}

TEST_SUITE("slow") {
    TEST_CASE("... 200 times") {
        for (int run = 0; run < 200; ++run)
            REQUIRE(status_of_one_run() == 0);
    }
}
