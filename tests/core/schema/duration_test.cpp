#include <doctest/doctest.h>

#include "core/program/yaml.hpp"
#include "plexus/schedule.hpp"
#include "plexus/schema.hpp"

using namespace plexus;

namespace {

Duration read(const std::string& yaml) {
    Schema s(Kind::optimizer, "swa", "");
    s.any("start", {}, "");
    return Duration::from(s.validate(read_yaml("start: " + yaml, "a.yaml"), {"a.yaml", 1, 1, {}}, {}, nullptr, nullptr),
                          "start");
}

std::string refusal(const std::string& yaml) {
    try {
        (void)read(yaml);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("duration: steps, epochs and fractions of the run") {
    const Progress progress{0, 0, 422, 6330};
    CHECK(read("{step: 800}").steps(progress) == 800);
    CHECK(read("{epoch: 6}").steps(progress) == 2532);
    CHECK(read("{epoch: 0.5}").steps(progress) == 211);
    CHECK(read("{fraction: 0.75}").steps(progress) == 4748);
    CHECK(read("{fraction: 1}").steps(progress) == 6330);
    CHECK(Duration(Duration::Unit::epoch, 1e300).steps(progress) == 18446744073709549568U);
}

TEST_CASE("duration: a unit and a number are wanted") {
    const std::string examples = "{step: 800}, {epoch: 6} or {fraction: 0.75}";
    CHECK(refusal("6") == "a.yaml:1:8: 'start' is 6; it wants one number with its unit: " + examples);
    CHECK(refusal("{epoch: 6, step: 3}") ==
          "a.yaml:1:8: 'start' is a map; it wants one number with its unit: " + examples);
    CHECK(refusal("{epochs: 6}") == "a.yaml:1:9: 'epochs' is no unit; did you mean 'epoch'?");
    CHECK(refusal("{hours: 6}") == "a.yaml:1:9: 'hours' is no unit; units are step, epoch, fraction");
    CHECK(refusal("{epoch: six}") ==
          "a.yaml:1:8: 'start' is {epoch: six}; it wants a number with its unit: " + examples);
    CHECK(refusal("{epoch: -1}") == "a.yaml:1:16: 'start' is {epoch: -1}; it must be at least 0 and at most 2^53");
    CHECK(refusal("{fraction: 1.5}") == "a.yaml:1:19: 'start' is {fraction: 1.5}; it must be at least 0 and at most 1");
}
