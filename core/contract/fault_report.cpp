#include "core/contract/fault_report.hpp"

#include <signal.h>
#include <ucontext.h>

#include <utility>

#include "core/contract/child.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

// What the signal handler has to tell with.
struct Now {
    std::string actor;
    std::vector<const NamedMemory*> memories;
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

void on_fault(int, siginfo_t* facts, void* context) {
    const bool write = (static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_ERR] & 2) != 0;
    tell_it(text(now.actor.empty() ? "a run without guards" : now.actor, write ? " writes to " : " reads ",
                 place_of(static_cast<const std::byte*>(facts->si_addr))));
    end_child();
}

}  // namespace

Watched::Watched(std::string actor, std::vector<const NamedMemory*> memories) {
    now = {std::move(actor), std::move(memories)};
}

Watched::~Watched() {
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
