#include "tests/support/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "tests/support/paths.hpp"

namespace plexus::test {
namespace {

std::string contents(int file) {
    struct stat facts {};
    ::fstat(file, &facts);
    std::string text(static_cast<std::size_t>(facts.st_size), '\0');
    const ssize_t got = ::pread(file, text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return text;
}

}  // namespace

Process::Process(const std::vector<std::string>& words, const ProcessOptions& options)
    : out_(::memfd_create("out", MFD_CLOEXEC)),
      err_(::memfd_create("err", MFD_CLOEXEC)),
      deadline_(std::chrono::steady_clock::now() + options.limit) {
    std::vector<char*> pointers;
    for (const std::string& word : words)
        pointers.push_back(const_cast<char*>(word.c_str()));
    pointers.push_back(nullptr);
    child_ = ::fork();
    if (child_ < 0)
        throw std::runtime_error("fork failed");
    if (child_ > 0)
        return;
    ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
    // Both may be written through several descriptors: each write goes to the end.
    ::fcntl(out_, F_SETFL, O_APPEND);
    ::fcntl(err_, F_SETFL, O_APPEND);
    ::dup2(out_, STDOUT_FILENO);
    ::dup2(err_, STDERR_FILENO);
    for (const auto& [name, value] : options.variables)
        ::setenv(name.c_str(), value.c_str(), 1);
    if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0)
        ::_exit(126);
    ::execvp(pointers[0], pointers.data());
    ::_exit(127);
}

Process::~Process() {
    if (!ended_) {
        send(SIGKILL);
        while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    ::close(out_);
    ::close(err_);
}

void Process::reap(int status) {
    ended_ = true;
    code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool Process::running() {
    int status = 0;
    if (!ended_ && ::waitpid(child_, &status, WNOHANG) == child_)
        reap(status);
    return !ended_;
}

void Process::send(int signal) const {
    if (!ended_)
        ::kill(child_, signal);
}

std::string Process::errors() const {
    return contents(err_);
}

Outcome Process::wait() {
    while (running()) {
        if (std::chrono::steady_clock::now() > deadline_)
            send(SIGKILL);
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return {code_, contents(out_), contents(err_)};
}

Outcome run(const std::vector<std::string>& words, const ProcessOptions& options) {
    return Process{words, options}.wait();
}

Outcome run_runner(std::vector<std::string> arguments, const ProcessOptions& options) {
    arguments.insert(arguments.begin(), runner().string());
    return run(arguments, options);
}

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "plexus-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("no temporary folder can be made");
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string read_text(const std::filesystem::path& file) {
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

void write_text(const std::filesystem::path& file, const std::string& text) {
    std::ofstream{file, std::ios::binary} << text;
}

bool has_control_bytes(const std::string& text) {
    return std::ranges::any_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20U && c != '\n') || byte == 0x7FU;
    });
}

}  // namespace plexus::test
