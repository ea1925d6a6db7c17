#include "tests/support/allocation_count.hpp"

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

std::atomic<bool> counting{false};
std::atomic<std::size_t> counted{0};
std::atomic<std::size_t> of_kernel_library{0};

// Who called `new` decides whose it is.
void* allocate(std::size_t size, std::size_t alignment, const void* caller) {
    if (counting.load(std::memory_order_relaxed)) {
        Dl_info info{};
        const bool kernels = dladdr(caller, &info) != 0 && std::strstr(info.dli_fname, "libdnnl") != nullptr;
        (kernels ? of_kernel_library : counted).fetch_add(1, std::memory_order_relaxed);
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
    of_kernel_library = 0;
    counting = true;
}

AllocationCount::~AllocationCount() {
    counting = false;
}

std::size_t AllocationCount::so_far() const noexcept {
    return counted.load();
}

std::size_t AllocationCount::of_kernels() const noexcept {
    return of_kernel_library.load();
}

}  // namespace plexus::test
