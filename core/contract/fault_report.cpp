#include "core/contract/fault_report.hpp"

#include <signal.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "core/contract/child.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

// What the signal handler has to tell with.
struct Now {
    std::string actor;
    std::vector<const NamedMemory*> memories;
    const HeldMemory* held = nullptr;
};

Now now;
std::function<void(const std::string&)> tell_it;

// What lies at an address that may not be touched in that way.
std::string place_of(const std::byte* at) {
    for (const NamedMemory* named : now.memories) {
        if (!named->memory.near(at))
            continue;
        const std::byte* const start = named->memory.data();
        const std::byte* const end = start + named->memory.bytes();
        if (at >= end)
            return text("byte ", at - end, " past the end of ", named->name);
        if (at < start)
            return text("byte ", start - at, " before ", named->name);
        return text(named->name, ", which is to be read only");
    }
    if (at < reinterpret_cast<const std::byte*>(4096))
        return "tensor that it did not declare";
    return "address nobody gave it";
}

// Whether an instruction has a lock prefix, or is an exchange, which has none and needs none.
bool is_atomic(const std::uint8_t* instruction) {
    constexpr std::array<std::uint8_t, 10> other_prefixes{0x66, 0x67, 0x2E, 0x36, 0x3E, 0x26, 0x64, 0x65, 0xF2, 0xF3};
    while (std::ranges::find(other_prefixes, *instruction) != other_prefixes.end())
        ++instruction;
    if (*instruction == 0xF0)
        return true;
    const bool wide = (*instruction & 0xF0) == 0x40;
    return (instruction[wide ? 1 : 0] & 0xFE) == 0x86;
}

void on_fault(int, siginfo_t* facts, void* context) {
    const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    const bool write = (registers[REG_ERR] & 2) != 0;
    const std::string_view held = now.held != nullptr && write ? now.held->name_of(facts->si_addr) : "";
    if (!held.empty()) {
        if (is_atomic(reinterpret_cast<const std::uint8_t*>(registers[REG_RIP])))
            return now.held->allow_writing_at(facts->si_addr);
        tell_it(text(now.actor, " writes to ", held,
                     ", which every thread that runs it has in common: declare a state, a saved tensor or scratch"));
        end_child();
    }
    tell_it(text(now.actor.empty() ? "a run without guards" : now.actor, write ? " writes to " : " reads ",
                 place_of(static_cast<const std::byte*>(facts->si_addr))));
    end_child();
}

}  // namespace

Watched::Watched(std::string actor, std::vector<const NamedMemory*> memories, const HeldMemory* held) {
    now = {std::move(actor), std::move(memories), held};
    if (held != nullptr)
        held->forbid_writing();
}

Watched::~Watched() {
    if (now.held != nullptr)
        now.held->allow_writing();
    now = {};
}

void report_faults(std::function<void(const std::string&)> say) {
    tell_it = std::move(say);
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGSEGV, &action, nullptr);
    ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace plexus
