// What a whole process shares beside its memory, and what became of it.
#pragma once
#include <signal.h>
#include <sys/types.h>

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace plexus {

/// The working directory, environment, mask of file modes and handlers of signals as they were when this was made. To
/// be used while no other thread makes files.
class ProcessState {
public:
    ProcessState();

    /// "changes the working directory", one for each thing that is another now.
    [[nodiscard]] std::vector<std::string> changes() const;
    /// Makes all of it what it was.
    void restore() const;

private:
    static constexpr std::array watched_signals{SIGSEGV, SIGFPE, SIGINT, SIGTERM, SIGABRT};

    std::filesystem::path folder_;  // empty: it is gone
    std::vector<std::pair<std::string, std::string>> environment_;
    mode_t mask_;
    std::array<struct sigaction, watched_signals.size()> handlers_{};
};

}  // namespace plexus
