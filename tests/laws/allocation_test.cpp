// Law 4: nothing is allocated in a step.
#include <doctest/doctest.h>

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "tests/support/stepper.hpp"

namespace {

std::atomic<bool> counting{false};
std::atomic<std::size_t> allocations{0};
std::atomic<std::size_t> of_kernel_library{0};

// Who called `new` decides whose it is: the kernel library's own are counted apart.
void* counted(std::size_t size, const void* caller) {
    if (counting.load(std::memory_order_relaxed)) {
        Dl_info info{};
        const bool kernels = dladdr(caller, &info) != 0 && std::strstr(info.dli_fname, "libdnnl") != nullptr;
        (kernels ? of_kernel_library : allocations).fetch_add(1, std::memory_order_relaxed);
    }
    if (void* memory = std::malloc(size))
        return memory;
    throw std::bad_alloc();
}

}  // namespace

// Every `new` of the program, of libplexus and of the plugins comes here; TBB has an allocator of its own.
void* operator new(std::size_t size) {
    return counted(size, __builtin_return_address(0));
}
void* operator new[](std::size_t size) {
    return counted(size, __builtin_return_address(0));
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

TEST_CASE("law 4: a hundred steps call no allocator") {
    for (const auto& program : plexus::test::small_programs()) {
        CAPTURE(program.name);
        plexus::test::Stepper stepper(program.text, {.threads = 2});
        for (int i = 0; i < 20; ++i)
            stepper.step();
        allocations = 0;
        counting = true;
        for (int i = 0; i < 100; ++i)
            stepper.step();
        counting = false;
        CHECK(allocations == 0);
        MESSAGE(program.name << ": the kernel library's own in 100 steps: " << of_kernel_library.exchange(0));
    }
}

TEST_CASE("law 4: the count would notice one") {
    counting = true;
    allocations = 0;
    delete new int{1};
    counting = false;
    CHECK(allocations == 1);
}
