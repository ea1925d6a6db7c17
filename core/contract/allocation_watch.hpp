// Watches the calls of the allocator, without a program that was built for it.
#pragma once
#include <cstddef>
#include <cstdint>

namespace plexus {

// The first object of these in a process turns the calls of all libraries that are loaded then to functions that watch,
// for good: for a process that ends soon.

/// While it lives, the calls of malloc and its kin, and of `new`, that this thread makes are counted; those that the C
/// library, oneTBB and the kernel library make for themselves are not.
class AllocationWatch {
public:
    AllocationWatch();
    AllocationWatch(const AllocationWatch&) = delete;
    AllocationWatch& operator=(const AllocationWatch&) = delete;
    ~AllocationWatch();

    [[nodiscard]] std::size_t calls() const noexcept;
};

/// Two addresses, the second of which is one past the end.
struct AddressRange {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    [[nodiscard]] bool contains(std::uintptr_t address) const noexcept { return address >= begin && address < end; }
};

/// While it lives, what code in `code` allocates on this thread lies in pages of its own, where nothing else lies, and
/// stays there when it is freed.
class AllocationsApart {
public:
    explicit AllocationsApart(AddressRange code);
    AllocationsApart(const AllocationsApart&) = delete;
    AllocationsApart& operator=(const AllocationsApart&) = delete;
    ~AllocationsApart();

    /// All those pages, whole ones: of every object of this class that ever lived.
    [[nodiscard]] static AddressRange pages() noexcept;
};

}  // namespace plexus
