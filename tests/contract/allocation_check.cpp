#include "tests/contract/allocation_check.hpp"

#include "plexus/text.hpp"
#include "tests/contract/running.hpp"
#include "tests/support/allocation_count.hpp"

namespace plexus::test {

Findings check_allocation(const Example& example) {
    constexpr int steps = 3;
    Findings findings;
    for (const Mode mode : modes_of(example)) {
        Running running(example, {.mode = mode, .threads = 2});
        running.run();
        const AllocationCount count;
        for (int i = 0; i < steps; ++i)
            running.layer().run();
        if (const std::size_t calls = count.so_far(); calls != 0)
            findings.push_back({"allocation", text(to_string(example), ", ", to_string(mode)),
                                text("calls the allocator ", calls, " times in ", steps, " steps")});
    }
    return findings;
}

}  // namespace plexus::test
