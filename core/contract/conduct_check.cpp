#include "core/contract/conduct_check.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cfenv>
#include <cstddef>
#include <memory>
#include <set>

#include "core/contract/child.hpp"
#include "core/contract/running.hpp"
#include "core/contract/serial_run.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

// Before a line that says what comes now, "training: stage 'forward'", for a fault to be told with.
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
    std::array<sock_filter, 6> filter {
        sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number), is(SYS_clone, 3), is(SYS_clone3, 2),
#if defined(SYS_fork)
            is(SYS_fork, 1),
#else
            is(SYS_clone, 1),
#endif
            sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
            sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    };
    const sock_fprog program{.len = filter.size(), .filter = filter.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

void look(const std::string& what, const std::function<void()>& work) {
    tell(text(place, what));
    const std::uint32_t before = floating_point_mode();
    std::fenv_t environment;
    std::fegetenv(&environment);
    work();
    if (floating_point_mode() == before)
        return;
    tell(what + " leaves another floating-point mode (rounding, flushing to zero or traps) than it found");
    std::fesetenv(&environment);
}

void run_watched(const Example& example, Mode mode) {
    const std::string in_mode{to_string(mode)};
    std::unique_ptr<Running> running;
    look(in_mode + ": planning", [&] { running = std::make_unique<Running>(example, RunOptions{.mode = mode}); });
    std::unique_ptr<SerialRun> run;  // kept until the results are copied out of its arena
    running->run([&](Plan& plan, const Bindings& bindings, const StepInput& input) {
        run = std::make_unique<SerialRun>(plan, bindings, input, 1, 0);
        return run->run([&](Op& op) {
            look(text(in_mode, ": stage '", plan.nodes[op.node].stages[op.stage].name, "'"),
                 [&] { run->run_operation(op); });
        });
    });
}

}  // namespace

Findings check_conduct(const Example& example, bool fork) {
    const std::vector<Mode> modes = modes_of(example);
    const auto work = [&] {
        if (fork)
            forbid_threads();
        for (const Mode mode : modes)
            run_watched(example, mode);
    };
    const ChildEnd end = in_child(work, {.fork = fork});
    if (!end.refused.empty())
        throw SampleError(0, end.refused);
    Findings findings;
    const auto found = [&](const std::string& what) { findings.push_back({"conduct", to_string(example), what}); };
    std::set<std::string> seen;
    std::string now;
    for (const std::string& line : end.lines)
        if (line.front() == place)
            now = line.substr(1);
        else if (seen.insert(line).second)
            found(line);
    if (end.signal == SIGSYS)
        found(now + " starts a thread or a process; a plugin computes on the thread that calls it");
    else if (!end.fault.empty())
        found(text(now, " ", end.fault));
    return findings;
}

}  // namespace plexus
