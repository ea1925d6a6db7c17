// Counts the calls of the allocator, without a program that was built for it.
#pragma once
#include <cstddef>

namespace plexus {

/// While it lives, the calls of malloc and its kin, and of `new`, that this thread makes are counted; those that the C
/// library, oneTBB and the kernel library make for themselves are not. The first one in a process turns the calls of
/// all libraries that are loaded then to functions that count, for good: for a process that ends soon.
class AllocationWatch {
public:
    AllocationWatch();
    AllocationWatch(const AllocationWatch&) = delete;
    AllocationWatch& operator=(const AllocationWatch&) = delete;
    ~AllocationWatch();

    [[nodiscard]] std::size_t calls() const noexcept;
};

}  // namespace plexus
