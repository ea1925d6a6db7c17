#include "plexus/crash_report.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "core/diagnostic/activity.hpp"

using namespace plexus;

namespace {

const Position position{"a.yaml", 3, 5};
const PluginUse use{"wild 'w1'", position, "/plugins/wild.so"};
constexpr const char* report =
    "a.yaml:3:5: wild 'w1': crashed in a test: SIGSEGV, it used memory that is not its own\n"
    "  plugin      /plugins/wild.so\n"
    "  what to do  runner check /plugins/wild.so; report the fault to the plugin's author\n";

// What a process that was forked off writes to stderr, to its end.
template <class Work>
std::string said_by_child(const Work& work) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
        work();
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string said;
    char piece[256];
    for (ssize_t count = 0; (count = ::read(ends[0], piece, sizeof piece)) > 0;)
        said.append(piece, static_cast<std::size_t>(count));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    // A sanitizer ends it by exiting.
    CHECK((WIFSIGNALED(status) || WEXITSTATUS(status) != 0));
    return said;
}

void crash() {
    const PluginCall call(use, "in a test");
    ::raise(SIGSEGV);
}

}  // namespace

TEST_CASE("crash report: only where it was asked for, and as often as one likes") {
    CHECK(said_by_child(crash).find(report) == std::string::npos);
    CHECK(said_by_child([] {
              report_crashes();
              report_crashes();
              crash();
          }).starts_with(report));
}

TEST_CASE("crash report: of the process that asked, not of those that it forks off, unless they ask") {
    const std::string said = said_by_child([] {
        report_crashes();
        const pid_t silent = ::fork();
        if (silent == 0)
            crash();
        ::waitpid(silent, nullptr, 0);
        (void)!::write(STDERR_FILENO, "nothing\n", 8);
        const pid_t asking = ::fork();
        if (asking == 0) {
            report_crashes();
            crash();
        }
        ::waitpid(asking, nullptr, 0);
        ::_exit(1);
    });
    const auto end_of_silent = said.find("nothing\n");
    REQUIRE(end_of_silent != std::string::npos);
    CHECK(said.find(report) == end_of_silent + 8);
}
