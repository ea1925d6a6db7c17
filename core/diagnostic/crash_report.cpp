#include "plexus/crash_report.hpp"

#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <atomic>

#include "core/diagnostic/activity.hpp"
#include "core/diagnostic/library_code.hpp"
#include "core/diagnostic/signal_stack.hpp"

namespace plexus {
namespace {

struct Crash {
    int number;
    std::string_view name;
    std::string_view meaning;
};

constexpr std::array<Crash, 5> crashes{{
    {SIGSEGV, "SIGSEGV", "it used memory that is not its own"},
    {SIGBUS, "SIGBUS", "it used memory that is not there"},
    {SIGFPE, "SIGFPE", "it divided a whole number by zero, or the result does not fit"},
    {SIGILL, "SIGILL", "it ran an instruction that there is not, or a trap"},
    {SIGABRT, "SIGABRT", "it called abort(), or threw where nothing may be thrown"},
}};

// A signal handler reaches nothing but globals.
std::array<struct sigaction, crashes.size()> before{};
pid_t reporting_process = 0;
bool on_terminal = false;
std::atomic<bool> reported{false};
static_assert(std::atomic<bool>::is_always_lock_free);

std::size_t index_of(int number) noexcept {
    std::size_t i = 0;
    while (i + 1 < crashes.size() && crashes[i].number != number)
        ++i;
    return i;
}

struct Registers {
    std::uintptr_t instruction;
    std::uintptr_t stack;
};

Registers registers_of(const void* context) noexcept {
    const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
    return {static_cast<std::uintptr_t>(machine.gregs[REG_RIP]), static_cast<std::uintptr_t>(machine.gregs[REG_RSP])};
#elif defined(__aarch64__)
    return {static_cast<std::uintptr_t>(machine.pc), static_cast<std::uintptr_t>(machine.sp)};
#else
#error "name this machine's registers here"
#endif
}

// An address near the stack pointer that is not there: what lies beyond the end of a stack.
bool ran_over(const siginfo_t& info, const void* context) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
    const std::uintptr_t stack = registers_of(context).stack;
    constexpr std::uintptr_t near = std::uintptr_t{64} << 10;
    return info.si_signo == SIGSEGV && address < stack + near && stack < address + near;
}

void say_what(CrashText& text, const siginfo_t& info, const void* context) noexcept {
    const Crash& crash = crashes[index_of(info.si_signo)];
    text << crash.name << ", ";
    if (ran_over(info, context))
        text << "its stack ran over: a recursion without an end, or an array that is too large for a stack\n";
    else
        text << crash.meaning << "\n";
}

void say_what_to_do(CrashText& text, std::string_view library) noexcept {
    text << "  what to do  ";
    if (library.empty())
        text << "report the fault with the command and the plugins that were loaded\n";
    else
        text << "runner check " << library << "; report the fault to the plugin's author\n";
}

void say_activity(CrashText& text, const Activity& innermost, const siginfo_t& info, const void* context) noexcept {
    const PluginUse* const use = innermost.use();
    if (use != nullptr && use->position.known())
        text << use->position << ": ";
    if (use != nullptr)
        text << use->title << ": ";
    text << "crashed ";
    innermost.say_where(text);
    text << ": ";
    say_what(text, info, context);
    if (use != nullptr)
        text << "  plugin      " << use->library << "\n";
    for (const Activity* activity = &innermost; activity != nullptr; activity = activity->outer())
        activity->add_notes(text);
    say_what_to_do(text, use != nullptr ? std::string_view{use->library} : std::string_view{});
}

// In a thread that Plexus knows nothing of, or when main() is over.
void say_by_address(CrashText& text, const siginfo_t& info, const void* context) noexcept {
    const std::string_view library = library_at(reinterpret_cast<const void*>(registers_of(context).instruction));
    if (!library.empty())
        text << library << ": ";
    text << "crashed without having been asked for anything, perhaps in a thread of its own: ";
    say_what(text, info, context);
    say_what_to_do(text, library);
}

void write_report(const siginfo_t& info, const void* context) noexcept {
    CrashText text;
    // A bar may stand in the line.
    if (on_terminal)
        text << "\n";
    if (const Activity* const innermost = Activity::current())
        say_activity(text, *innermost, info, context);
    else
        say_by_address(text, info, context);
    // Whether somebody reads it or not, there is nothing else to be done here.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.view().data(), text.view().size());
}

extern "C" void on_crash(int number, siginfo_t* info, void* context) {
    // Somebody else's wish (kill -ABRT) is no crash, and what is forked off speaks for itself.
    if (info->si_code != SI_USER && ::getpid() == reporting_process) {
        if (reported.exchange(true))
            for (;;)  // another thread is at it, and ends this process
                ::pause();
        write_report(*info, context);
    }
    ::sigaction(number, &before[index_of(number)], nullptr);
    // What the kernel found is found again where the thread goes on, now with nobody in between: so core files and
    // sanitizers see the place itself. What was sent is sent again.
    if (info->si_code <= 0)
        ::raise(number);
}

}  // namespace

void report_crashes() {
    const bool again = reporting_process != 0;
    reporting_process = ::getpid();
    on_terminal = ::isatty(STDERR_FILENO) != 0;
    want_signal_stacks();
    ensure_signal_stack();
    // The handlers are there, also in a process that was forked off: now it would hand over to itself.
    if (again)
        return;
    struct sigaction action {};
    action.sa_sigaction = on_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigemptyset(&action.sa_mask);
    // A crash in the handler itself then ends the process at once.
    for (const Crash& crash : crashes)
        ::sigaddset(&action.sa_mask, crash.number);
    for (std::size_t i = 0; i < crashes.size(); ++i)
        ::sigaction(crashes[i].number, &action, &before[i]);
}

}  // namespace plexus
