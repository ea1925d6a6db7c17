// Runs a program as a person does, and sees what it printed and how it ended.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace plexus::test {

struct Outcome {
    int code = 0;  ///< exit code; 128 + signal after a signal, as a shell says it
    std::string out, err;
};

struct ProcessOptions {
    std::filesystem::path folder = {};  ///< where it runs; empty: here
    std::vector<std::pair<std::string, std::string>> variables = {};
    std::chrono::seconds limit{120};  ///< then it is killed: code 137
};

/// A running child. Its output is collected in files, so that it never waits for a reader.
class Process {
public:
    explicit Process(const std::vector<std::string>& words, const ProcessOptions& options = {});
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();  ///< kills what still runs

    [[nodiscard]] bool running();
    [[nodiscard]] pid_t id() const { return child_; }
    void send(int signal) const;
    /// What it has printed on stderr so far.
    [[nodiscard]] std::string errors() const;
    /// Waits for its end.
    [[nodiscard]] Outcome wait();

private:
    void reap(int status);

    pid_t child_ = -1;
    bool ended_ = false;
    int code_ = 0;
    int out_ = -1, err_ = -1;
    std::chrono::steady_clock::time_point deadline_;
};

/// Runs a program to its end. The words are the program and its arguments.
[[nodiscard]] Outcome run(const std::vector<std::string>& words, const ProcessOptions& options = {});

/// The runner with these arguments.
[[nodiscard]] Outcome run_runner(std::vector<std::string> arguments, const ProcessOptions& options = {});

/// A folder of this test process alone; gone with the object.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

[[nodiscard]] std::string read_text(const std::filesystem::path& file);
void write_text(const std::filesystem::path& file, const std::string& text);

/// Nothing but line feeds below U+0020: what a pipe or a log file may hold.
[[nodiscard]] bool has_control_bytes(const std::string& text);

}  // namespace plexus::test
