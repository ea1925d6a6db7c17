#include "core/contract/child.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <utility>

#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr char inner_line_feed = '\v';
// What lines about the end begin with: without the last, somebody else ended the process.
constexpr char fault_mark = '\a', refused_mark = '\b', done_mark = '\f';

int report_to = -1;
std::vector<std::string>* lines_here = nullptr;  // where the work is done in this process

// How the work ended, without what it told.
ChildEnd end_of(const std::function<void()>& work) {
    ChildEnd end;
    try {
        work();
    } catch (const SampleError& error) {
        end.refused = error.what();
    } catch (const std::exception& error) {
        end.fault = text("throws: ", error.what());
    } catch (...) {
        end.fault = "throws what is no std::exception";
    }
    return end;
}

// Whatever handlers this program has, the child is to end as its signals say.
void default_signals() {
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTERM, SIGINT})
        ::signal(signal, SIG_DFL);
}

[[noreturn]] void be_child(const std::function<void()>& work, int pipe, bool destroys) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a child of a child that hangs ends with it
    report_to = pipe;
    lines_here = nullptr;
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    default_signals();
    const ChildEnd end = end_of(work);
    if (!end.fault.empty())
        tell(text(fault_mark, end.fault));
    if (!end.refused.empty())
        tell(text(refused_mark, end.refused));
    if (destroys) {
        tell(std::string(1, done_mark));
        std::exit(0);  // NOLINT(concurrency-mt-unsafe): there is no other thread
    }
    end_child();
}

ChildEnd here(const std::function<void()>& work) {
    std::vector<std::string> lines;
    auto* const before = std::exchange(lines_here, &lines);
    ChildEnd end = end_of(work);
    lines_here = before;
    end.lines = std::move(lines);
    return end;
}

// Collects the lines of one child until it ends or keeps silent for too long.
class Listener {
public:
    Listener(int pipe, const ChildOptions& options, ChildEnd& end) : pipe_(pipe), options_(options), end_(end) {}

    // False: it was silent for too long.
    bool listen() {
        for (;;) {
            pollfd waiting{.fd = pipe_, .events = POLLIN, .revents = 0};
            const auto patience = options_.patience.count();
            const int ready = ::poll(&waiting, 1, patience == 0 ? -1 : static_cast<int>(patience));
            if (ready == 0)
                return false;
            if (ready < 0 && errno == EINTR)
                continue;
            std::array<char, 4096> part{};
            const ssize_t got = ::read(pipe_, part.data(), part.size());
            if (got <= 0)
                return true;
            take(std::string_view(part.data(), static_cast<std::size_t>(got)));
        }
    }

    [[nodiscard]] bool done() const noexcept { return done_; }

private:
    void take(std::string_view bytes) {
        for (const char c : bytes)
            if (c == '\n')
                finish(std::exchange(line_, {}));
            else
                line_ += c == inner_line_feed ? '\n' : c;
    }

    void finish(std::string line) {
        if (line.starts_with(done_mark)) {
            done_ = true;
            return;
        }
        if (line.starts_with(fault_mark) || line.starts_with(refused_mark)) {
            (line.front() == fault_mark ? end_.fault : end_.refused) = line.substr(1);
            return;
        }
        if (options_.on_line)
            options_.on_line(line);
        end_.lines.push_back(std::move(line));
    }

    int pipe_;
    const ChildOptions& options_;
    ChildEnd& end_;
    std::string line_;
    bool done_ = false;
};

std::string way_of_ending(int status) {
    if (WIFSIGNALED(status))
        return text("ends with signal ", WTERMSIG(status), " (", ::strsignal(WTERMSIG(status)), ")");
    return text("ends the process with code ", WEXITSTATUS(status));
}

}  // namespace

ChildEnd in_child(const std::function<void()>& work, const ChildOptions& options) {
    if (!options.fork)
        return here(work);
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0)
        throw RunError(text("no pipe can be made: ", std::strerror(errno)));
    std::cout.flush();
    std::fflush(nullptr);  // or a child that ends as a program does prints it again
    const pid_t child = ::fork();
    if (child < 0)
        throw RunError(text("no process can be started: ", std::strerror(errno)));
    if (child == 0) {
        ::close(ends[0]);
        be_child(work, ends[1], options.destroys);
    }
    ::close(ends[1]);
    ChildEnd end;
    Listener listener(ends[0], options, end);
    const bool ended = listener.listen();
    if (!ended)
        ::kill(child, SIGKILL);
    ::close(ends[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!ended)
        end.fault = text("is not done after ", options.patience.count() / 1000.0, " s");
    else if (end.fault.empty() && !(listener.done() && WIFEXITED(status) && WEXITSTATUS(status) == 0))
        end.fault = text(options.destroys && listener.done()
                             ? "at the end of the program, when static objects are destroyed, it "
                             : "",
                         way_of_ending(status));
    if (ended && WIFSIGNALED(status))
        end.signal = WTERMSIG(status);
    return end;
}

void end_child() {
    tell(std::string(1, done_mark));
    ::_exit(0);
}

void tell(const std::string& line) {
    if (lines_here != nullptr) {
        lines_here->push_back(line);
        return;
    }
    std::string bytes = line;
    std::ranges::replace(bytes, '\n', inner_line_feed);
    bytes += '\n';
    for (std::size_t at = 0; at < bytes.size();) {
        const ssize_t written = ::write(report_to, bytes.data() + at, bytes.size() - at);
        if (written <= 0)
            return;
        at += static_cast<std::size_t>(written);
    }
}

}  // namespace plexus
