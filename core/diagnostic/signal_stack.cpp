#include "core/diagnostic/signal_stack.hpp"

#include <signal.h>
#include <sys/mman.h>

#include <atomic>
#include <cstddef>

namespace plexus {
namespace {

std::atomic<bool> wanted{false};

// The registers that the kernel puts there take up to 11 KiB, and the text of a report 4.
constexpr std::size_t size = std::size_t{64} << 10;

class SignalStack {
public:
    SignalStack() {
        stack_t before{};
        // A sanitizer gives every thread a stack of its own, and takes it back.
        if (::sigaltstack(nullptr, &before) != 0 || (before.ss_flags & SS_DISABLE) == 0)
            return;
        void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            return;
        stack_t mine{};
        mine.ss_sp = memory;
        mine.ss_size = size;
        if (::sigaltstack(&mine, nullptr) == 0)
            memory_ = memory;
        else
            ::munmap(memory, size);
    }
    ~SignalStack() {
        if (memory_ == nullptr)
            return;
        stack_t none{};
        none.ss_flags = SS_DISABLE;
        ::sigaltstack(&none, nullptr);
        ::munmap(memory_, size);
    }
    SignalStack(const SignalStack&) = delete;
    SignalStack& operator=(const SignalStack&) = delete;

private:
    void* memory_ = nullptr;
};

}  // namespace

void want_signal_stacks() noexcept {
    wanted.store(true, std::memory_order_relaxed);
}

void ensure_signal_stack() {
    if (!wanted.load(std::memory_order_relaxed))
        return;
    static thread_local const SignalStack stack;
    static_cast<void>(stack);
}

}  // namespace plexus
