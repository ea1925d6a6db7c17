// That a step calls no allocator. To be linked into a program of its own: it replaces `operator new`.
#pragma once
#include "tests/contract/example.hpp"

namespace plexus::test {

/// Counts calls of `operator new` on all threads while it lives, but for those that come from a kernel library. One at
/// a time.
class AllocationCount {
public:
    AllocationCount() noexcept;
    AllocationCount(const AllocationCount&) = delete;
    AllocationCount& operator=(const AllocationCount&) = delete;
    ~AllocationCount();
    [[nodiscard]] std::size_t so_far() const noexcept;
};

/// After a first step, further ones allocate nothing.
Findings check_allocation(const Example& example);

}  // namespace plexus::test
