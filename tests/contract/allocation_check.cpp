#include "tests/contract/allocation_check.hpp"

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "plexus/text.hpp"
#include "tests/contract/running.hpp"

namespace {

std::atomic<bool> counting{false};
std::atomic<std::size_t> counted{0};

// Who called `new` decides whose it is: the kernel library's own are its own.
void* allocate(std::size_t size, std::size_t alignment, const void* caller) {
    if (counting.load(std::memory_order_relaxed)) {
        Dl_info info{};
        if (dladdr(caller, &info) == 0 || std::strstr(info.dli_fname, "libdnnl") == nullptr)
            counted.fetch_add(1, std::memory_order_relaxed);
    }
    return alignment == 0 ? std::malloc(size)
                          : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void* or_throw(void* memory) {
    if (memory == nullptr)
        throw std::bad_alloc();
    return memory;
}

}  // namespace

void* operator new(std::size_t size) {
    return or_throw(allocate(size, 0, __builtin_return_address(0)));
}
void* operator new[](std::size_t size) {
    return or_throw(allocate(size, 0, __builtin_return_address(0)));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return or_throw(allocate(size, static_cast<std::size_t>(alignment), __builtin_return_address(0)));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
    return or_throw(allocate(size, static_cast<std::size_t>(alignment), __builtin_return_address(0)));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return allocate(size, 0, __builtin_return_address(0));
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return allocate(size, 0, __builtin_return_address(0));
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}

namespace plexus::test {

AllocationCount::AllocationCount() noexcept {
    counted = 0;
    counting = true;
}

AllocationCount::~AllocationCount() {
    counting = false;
}

std::size_t AllocationCount::so_far() const noexcept {
    return counted.load();
}

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
