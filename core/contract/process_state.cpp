#include "core/contract/process_state.hpp"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "plexus/text.hpp"

namespace plexus {
namespace {

// There is no way to ask for it without setting it.
mode_t mask_now() {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return mask;
}

// Sorted: where a variable stands is nobody's concern.
std::vector<std::pair<std::string, std::string>> environment_now() {
    std::vector<std::pair<std::string, std::string>> variables;
    for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string written = *variable;
        const std::size_t equals = std::min(written.find('='), written.size());
        variables.emplace_back(written.substr(0, equals), written.substr(std::min(equals + 1, written.size())));
    }
    std::ranges::sort(variables);
    return variables;
}

// The first that one of both has and the other has not.
std::string differing_variable(const std::vector<std::pair<std::string, std::string>>& a,
                               const std::vector<std::pair<std::string, std::string>>& b) {
    const auto [in_a, in_b] = std::ranges::mismatch(a, b);
    if (in_a == a.end())
        return in_b->first;
    return in_b == b.end() ? in_a->first : std::min(in_a->first, in_b->first);
}

std::filesystem::path folder_now() {
    std::error_code gone;
    return std::filesystem::current_path(gone);
}

struct sigaction handler_now(int signal) {
    struct sigaction now {};
    ::sigaction(signal, nullptr, &now);
    return now;
}

// sa_handler and sa_sigaction share their place.
bool same_handler(const struct sigaction& a, const struct sigaction& b) {
    return a.sa_flags == b.sa_flags &&
           ((a.sa_flags & SA_SIGINFO) != 0 ? a.sa_sigaction == b.sa_sigaction : a.sa_handler == b.sa_handler);
}

}  // namespace

ProcessState::ProcessState() : folder_(folder_now()), environment_(environment_now()), mask_(mask_now()) {
    std::ranges::transform(watched_signals, handlers_.begin(), handler_now);
}

std::vector<std::string> ProcessState::changes() const {
    std::vector<std::string> changes;
    if (folder_now() != folder_)
        changes.emplace_back("changes the working directory");
    if (const auto now = environment_now(); now != environment_)
        changes.push_back(text("changes the environment variable '", differing_variable(environment_, now), "'"));
    if (mask_now() != mask_)
        changes.emplace_back("changes the mask of file modes (umask)");
    for (std::size_t i = 0; i < watched_signals.size(); ++i)
        if (!same_handler(handler_now(watched_signals[i]), handlers_[i]))
            changes.push_back(text("changes what is done on signal ", watched_signals[i], " (",
                                   ::strsignal(watched_signals[i]), ")"));
    return changes;
}

void ProcessState::restore() const {
    std::error_code gone;
    std::filesystem::current_path(folder_, gone);
    for (const auto& [name, value] : environment_now())
        if (!std::ranges::binary_search(environment_, std::pair{name, value}))
            ::unsetenv(name.c_str());
    for (const auto& [name, value] : environment_)
        ::setenv(name.c_str(), value.c_str(), 0);
    ::umask(mask_);
    for (std::size_t i = 0; i < watched_signals.size(); ++i)
        ::sigaction(watched_signals[i], &handlers_[i], nullptr);
}

}  // namespace plexus
