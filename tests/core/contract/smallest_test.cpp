#include "core/contract/smallest.hpp"

#include <doctest/doctest.h>

#include "plexus/error.hpp"

using namespace plexus;

namespace {

const Environment& environment() {
    static const Environment shipped;
    return shipped;
}

Example example(const std::string& written) {
    return example_from(written, Kind::layer, environment());
}

}  // namespace

TEST_CASE("smallest: a case is read as it was written") {
    for (const char* written :
         {"relu on float32 [6]", "conv2d {filters: 3, padding: same} on float32 [8, 8, 3]",
          "add on float32 [4, 5, 3] float32 [4, 5, 3]", "log on float32 [6], numbers between 0 and 1", "x on int32 []",
          "x on uint8 [] int32 [2]", "x {shape: [3]} on nothing"})
        CHECK(to_string(example(written)) == written);
    for (const char* written : {"", "relu", "relu float32 [6]", "relu on float31 [6]", "relu on float32 6",
                                "relu on float32 [6", "relu on float32 [0]", "relu on float32 [a]"})
        CHECK_THROWS_WITH_AS(static_cast<void>(example(written)), doctest::Contains("is no case; write it as it was"),
                             InputError);
}

TEST_CASE("smallest: attributes are left out and sizes made smaller while it fails") {
    const auto large = example("conv2d {filters: 3, padding: same, strides: 2} on float32 [8, 8, 3]");
    const Example small = smallest(large, [](const Example& candidate) {
        return candidate.attributes.find("filters") != std::string::npos && candidate.inputs[0].shape[0] >= 5;
    });
    CHECK(to_string(small) == "conv2d {filters: 3} on float32 [5, 5, 1]");
    CHECK(to_string(smallest(large, [](const Example&) { return false; })) == to_string(large));
}
