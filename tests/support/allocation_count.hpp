// Counts calls of the allocator. To be linked into a program once: it replaces `operator new`.
#pragma once
#include <cstddef>

namespace plexus::test {

/// While it lives, every `new` of the program, of libplexus and of the plugins is counted, on all threads; TBB has an
/// allocator of its own. One at a time.
class AllocationCount {
public:
    AllocationCount() noexcept;
    AllocationCount(const AllocationCount&) = delete;
    AllocationCount& operator=(const AllocationCount&) = delete;
    ~AllocationCount();
    [[nodiscard]] std::size_t so_far() const noexcept;      ///< ours
    [[nodiscard]] std::size_t of_kernels() const noexcept;  ///< the kernel library's own
};

}  // namespace plexus::test
