#include "apps/runner/commands/graphviz.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "plexus/error.hpp"
#include "plexus/text.hpp"

extern char** environ;

namespace runner {
namespace {

using plexus::text;

void feed(int pipe, const std::string& input) {
    std::size_t done = 0;
    while (done < input.size()) {
        const ssize_t written = ::write(pipe, input.data() + done, input.size() - done);
        if (written < 0 && errno != EINTR)
            break;  // dot has ended; its exit code says why
        done += written > 0 ? static_cast<std::size_t>(written) : 0;
    }
    ::close(pipe);
}

}  // namespace

void write_picture(const std::filesystem::path& file, const std::string& format, const std::string& dot) {
    std::signal(SIGPIPE, SIG_IGN);
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
        throw plexus::RunError(text("dot cannot be started: ", std::strerror(errno)));
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, pipe[0], STDIN_FILENO);
    std::array<std::string, 4> words{"dot", "-T" + format, "-o", file.string()};
    std::array<char*, 5> pointers{words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
    pid_t child = -1;
    const int failed = ::posix_spawnp(&child, "dot", &actions, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[0]);
    if (failed != 0) {
        ::close(pipe[1]);
        if (failed == ENOENT)
            throw plexus::InputError(text(file.string(),
                                          ": a picture is made by the program dot, which is not installed: "
                                          "install graphviz, or write ",
                                          file.stem().string(), ".dot"));
        throw plexus::RunError(text("dot cannot be started: ", std::strerror(failed)));
    }
    feed(pipe[1], dot);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw plexus::RunError(text(file.string(), ": dot could not draw the graph"));
}

}  // namespace runner
