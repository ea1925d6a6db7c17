#include "core/store/guard.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>

#include "core/store/library.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PLEXUS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define PLEXUS_SANITIZED 1
#endif
#endif

namespace plexus::store {
namespace {

// Sanitizers reserve terabytes of addresses, and are slow.
#ifdef PLEXUS_SANITIZED
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
constexpr std::size_t longest_verdict = 16 * 1024;

std::uint64_t addresses_in_use() {
    unsigned long pages = 0;
    if (std::FILE* statistics = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(statistics, "%lu", &pages) != 1)
            pages = 0;
        std::fclose(statistics);
    }
    return std::uint64_t{pages} * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void lower(decltype(RLIMIT_AS) what, std::uint64_t most) {
    rlimit limit{};
    getrlimit(what, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, most);
    setrlimit(what, &limit);
}

/// In the child: nothing of the parent's habits, and an end to everything.
void confine(const GuardLimits& limits, std::uint64_t addresses, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    for (const int signal :
         {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM, SIGXCPU, SIGPIPE, SIGTERM, SIGINT, SIGQUIT})
        std::signal(signal, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    // A death here is an answer, not news: no core file, no words of the C library on the terminal.
    lower(RLIMIT_CORE, 0);
    // Output that the parent has not flushed is the parent's: some sanitizers flush it in _exit.
    if (const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC); nowhere >= 0) {
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
    }
    lower(RLIMIT_CPU, limits.processor_seconds * (sanitized ? 5U : 1U));
    alarm(limits.seconds * (sanitized ? 5U : 1U));
    if (!sanitized && addresses > 0)
        lower(RLIMIT_AS, addresses + limits.memory);
}

void send(int pipe, char kind, const char* words) {
    const std::string verdict = kind + std::string(words).substr(0, longest_verdict);
    std::size_t sent = 0;
    while (sent < verdict.size()) {
        const ssize_t count = write(pipe, verdict.data() + sent, verdict.size() - sent);
        if (count < 0 && errno != EINTR)
            return;
        if (count > 0)
            sent += static_cast<std::size_t>(count);
    }
}

[[noreturn]] void run_child(int pipe, const std::function<void()>& work) noexcept {
    try {
        work();
        send(pipe, 'o', "");
    } catch (const RunError& error) {
        send(pipe, 'r', error.what());
    } catch (const InputError& error) {
        send(pipe, 'i', error.what());
    } catch (const std::bad_alloc&) {
        send(pipe, 'm', "it asks for more memory than a file of its size can need");
    } catch (const std::exception& error) {
        send(pipe, 'm', error.what());
    }
    _exit(0);
}

std::string receive(int pipe) {
    std::string verdict;
    std::array<char, 4096> piece{};
    while (verdict.size() <= longest_verdict) {
        const ssize_t count = read(pipe, piece.data(), piece.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        verdict.append(piece.data(), static_cast<std::size_t>(count));
    }
    return verdict;
}

/// How a child without a verdict ended.
std::string cause_of_death(int status) {
    if (!WIFSIGNALED(status))
        return "reading it ended without a result";
    const int signal = WTERMSIG(status);
    if (signal == SIGALRM || signal == SIGXCPU || signal == SIGKILL)
        return "reading it takes too long";
    return text("reading it crashed (signal ", signal, ")");
}

void judge(const std::string& name, const std::string& verdict, int status) {
    const char kind = verdict.empty() ? 'd' : verdict.front();
    if (kind == 'o')
        return;
    const std::string words = verdict.empty() ? cause_of_death(status) : verdict.substr(1);
    if (kind == 'i')
        throw InputError(words);
    if (kind == 'r')
        throw RunError(words);
    throw InputError(Position{name}, text("is a malformed file: ", words));
}

}  // namespace

void guarded(const std::string& name, const GuardLimits& limits, const std::function<void()>& work) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) < 0)
        throw RunError(Position{name}, text("no child process to read it with: ", std::strerror(errno)));
    const std::uint64_t addresses = addresses_in_use();
    const pid_t parent = getpid();
    const pid_t child = fork_between_calls();
    if (child == 0) {
        close(ends[0]);
        confine(limits, addresses, parent);
        run_child(ends[1], work);
    }
    const int failure = errno;
    close(ends[1]);
    const std::string verdict = child < 0 ? "" : receive(ends[0]);
    close(ends[0]);
    if (child < 0)
        throw RunError(Position{name}, text("no child process to read it with: ", std::strerror(failure)));
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    judge(name, verdict, status);
}

}  // namespace plexus::store
