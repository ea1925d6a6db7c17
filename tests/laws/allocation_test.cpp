// Law 4: nothing is allocated in a step.
#include <doctest/doctest.h>

#include <new>

#include "tests/support/allocation_count.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus::test;

TEST_CASE("law 4: a hundred steps call no allocator") {
    for (const auto& program : small_programs()) {
        CAPTURE(program.name);
        Stepper stepper(program.text, {.threads = 2});
        for (int i = 0; i < 20; ++i)
            stepper.step();
        const AllocationCount count;
        for (int i = 0; i < 100; ++i)
            stepper.step();
        CHECK(count.so_far() == 0);
        MESSAGE(program.name << ": the kernel library's own in 100 steps: " << count.of_kernels());
    }
}

TEST_CASE("law 4: the count would notice one") {
    const AllocationCount count;
    ::operator delete(::operator new(4));  // no `new int`, which a compiler may leave out
    CHECK(count.so_far() == 1);
}
