#include "apps/runner/commands/stop.hpp"

#include <csignal>
#include <string_view>

#include <unistd.h>

namespace runner {
namespace {

// A signal handler reaches nothing but globals.
std::atomic<bool> stop{false};
std::atomic<bool> silent{false};
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void on_signal(int signal) {
    if (stop.exchange(true))
        ::_exit(128 + signal);
    if (silent)
        return;
    constexpr std::string_view text = "\nstopping: saves a checkpoint first; once more to stop at once\n";
    // Whether somebody reads it or not, there is nothing else to be done here.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

const std::atomic<bool>& stop_on_signals(bool quiet) {
    silent = quiet;
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return stop;
}

}  // namespace runner
