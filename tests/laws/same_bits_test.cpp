// Law 3: the same bits with any number of threads, and in any order that the dependencies allow.
#include <doctest/doctest.h>

#include "tests/support/stepper.hpp"

using namespace plexus;
using test::Stepper;

namespace {

std::vector<std::byte> after_steps(const char* program, Stepper::Options options, int steps = 6) {
    Stepper stepper(program, options);
    for (int i = 0; i < steps; ++i)
        stepper.step();
    return stepper.weights();
}

}  // namespace

TEST_CASE("law 3: weights do not depend on the number of threads") {
    for (const auto& program : test::small_programs()) {
        CAPTURE(program.name);
        const auto one = after_steps(program.text, {.threads = 1});
        for (const std::size_t threads : {2, 3, 8}) {
            CAPTURE(threads);
            CHECK(after_steps(program.text, {.threads = threads}) == one);
        }
    }
}

TEST_CASE("law 3: weights do not depend on the order in which ready tasks are taken") {
    for (const auto& program : test::small_programs()) {
        CAPTURE(program.name);
        const auto one = after_steps(program.text, {.threads = 1});
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            CAPTURE(seed);
            CHECK(after_steps(program.text, {.threads = 3, .random_order = seed}) == one);
        }
    }
}
