#include "core/contract/supervised.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cfenv>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

#include "core/contract/child.hpp"
#include "core/contract/process_state.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

// Before a line that says what comes now, "training: stage 'forward'", for an end to be told with.
constexpr char place = '@';

// Rounding, flushing to zero and the exceptions that are trapped; not those that were raised.
std::uint32_t floating_point_mode() {
#if defined(__x86_64__)
    constexpr std::uint32_t raised = 0x3F;
    std::uint32_t control = 0;
    asm volatile("stmxcsr %0" : "=m"(control));
    return control & ~raised;
#else
    return static_cast<std::uint32_t>(std::fegetround());
#endif
}

// Starting a thread then ends this process with SIGSYS, whoever does it and by whatever library: the C library blocks
// all signals meanwhile, so that no handler is called.
bool forbid_threads() {
    constexpr auto number = static_cast<std::uint32_t>(offsetof(seccomp_data, nr));
    const auto is = [](std::uint32_t call, std::uint8_t jump) {
        return sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, jump, 0);
    };
    std::array<sock_filter, 7> filter {
        sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number), is(SYS_clone, 4), is(SYS_clone3, 3),
#if defined(SYS_fork)
            is(SYS_fork, 2), is(SYS_vfork, 1),
#else
            is(SYS_clone, 2), is(SYS_clone, 1),
#endif
            sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
            sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    };
    const sock_fprog program{.len = filter.size(), .filter = filter.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

void supervised_call(const std::string& actor, std::vector<const NamedMemory*> memories,
                     const std::function<void()>& code) {
    tell(text(place, actor));
    const std::uint32_t before = floating_point_mode();
    std::fenv_t environment;
    std::fegetenv(&environment);
    const ProcessState process;
    {
        const Watched watched(actor, std::move(memories));
        code();
    }
    if (floating_point_mode() != before) {
        tell(actor + " leaves another floating-point mode (rounding, flushing to zero or traps) than it found");
        std::fesetenv(&environment);
    }
    const std::vector<std::string> changes = process.changes();
    for (const std::string& change : changes)
        tell(text(actor, " ", change));
    if (!changes.empty())
        process.restore();
}

Findings supervise(const Supervision& how, const std::function<void()>& work) {
    const ChildEnd end = in_child(
        [&] {
            if (how.fork)
                report_faults(tell);
            if (how.fork && !how.threads)
                forbid_threads();
            work();
        },
        {.fork = how.fork});
    if (!end.refused.empty())
        throw SampleError(0, end.refused);
    Findings findings;
    std::set<std::string> seen;
    const auto found = [&](const std::string& what) {
        if (seen.insert(what).second)
            findings.push_back({how.check, how.subject, what});
    };
    std::string now;
    for (const std::string& line : end.lines)
        if (line.front() == place)
            now = line.substr(1);
        else
            found(line);
    if (end.signal == SIGSYS)
        found(now + " starts a thread or a process; a plugin computes on the thread that calls it");
    else if (!end.fault.empty())
        found(text(now, now.empty() ? "" : " ", end.fault));
    return findings;
}

}  // namespace plexus
