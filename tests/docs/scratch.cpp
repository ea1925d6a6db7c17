#include "tests/docs/scratch.hpp"

#include "tests/support/paths.hpp"

namespace plexus::test {
namespace {

namespace fs = std::filesystem;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

}  // namespace

Scratch::Scratch() {
    for (const char* part : {"README.md", "docs", "graphs", "scripts"})
        fs::copy(source_dir() / part, path() / part, fs::copy_options::recursive);
    // Commands, options and outputs are what is tested here: a sixth of the samples is enough for them.
    const fs::path mnist = path() / "graphs/data/mnist";
    for (const char* part : {"images-idx3-ubyte.gz", "labels-idx1-ubyte.gz"})
        fs::copy_file(mnist / (std::string{"t10k-"} + part), mnist / (std::string{"train-"} + part),
                      fs::copy_options::overwrite_existing);
    fs::create_directory(path() / "build");
    fs::create_directory_symlink(build_dir(), path() / "build/release");
    fs::create_directory(path() / "tmp");
}

Outcome Scratch::shell(const std::string& command) const {
    const std::string own = (path() / "tmp/").string();
    Outcome outcome = run({"/bin/sh", "-c", "exec 2>&1\n" + replaced(command, "/tmp/", own)},
                          {path(), {}, std::chrono::seconds{240}});
    outcome.out = replaced(std::move(outcome.out), own, "/tmp/");
    return outcome;
}

}  // namespace plexus::test
