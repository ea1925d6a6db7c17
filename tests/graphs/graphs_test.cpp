// Every file in bad/ is refused as its first lines say, every file in good/ is not.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "plexus/analysis.hpp"
#include "plexus/error.hpp"
#include "tests/support/paths.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

std::vector<std::filesystem::path> files(const char* folder) {
    std::vector<std::filesystem::path> all;
    for (const auto& entry : std::filesystem::directory_iterator(source_dir() / "tests/graphs" / folder))
        if (entry.path().extension() == ".yaml")
            all.push_back(entry.path());
    std::sort(all.begin(), all.end());
    return all;
}

/// What stands after `key` in one of the file's first two lines.
std::string expectation(const std::filesystem::path& file, const std::string& key) {
    std::ifstream in(file);
    std::string line;
    for (int i = 0; i < 2 && std::getline(in, line); ++i)
        if (line.starts_with(key))
            return line.substr(key.size());
    return "";
}

const Environment& environment() {
    static const Environment shipped;
    return shipped;
}

/// The exit code, and the first line of what is said: the lines after it list folders, which differ.
std::pair<std::string, std::string> outcome(const std::filesystem::path& file) {
    // As a person does in the folder of the file, so that messages name the file alone.
    std::filesystem::current_path(file.parent_path());
    try {
        (void)check(environment(), file.filename(), {});
    } catch (const Error& error) {
        const std::string message = error.what();
        return {dynamic_cast<const InputError*>(&error) != nullptr ? "2" : "1", message.substr(0, message.find('\n'))};
    }
    return {"0", ""};
}

}  // namespace

TEST_CASE("graphs: each bad graph is refused with its message") {
    const auto bad = files("bad");
    CHECK(bad.size() >= 30);
    for (const auto& file : bad) {
        CAPTURE(file.filename());
        const auto [code, message] = outcome(file);
        CHECK(code == expectation(file, "# exit: "));
        // What depends on the machine is left open by dots.
        std::string wanted = expectation(file, "# stderr: ");
        const bool open = wanted.ends_with("...");
        wanted.resize(wanted.size() - (open ? 3 : 0));
        CHECK((open ? message.substr(0, wanted.size()) : message) == wanted);
    }
}

TEST_CASE("graphs: each good graph can be run, and so can what it expands to") {
    for (const auto& file : files("good")) {
        CAPTURE(file.filename());
        CHECK(outcome(file) == std::pair<std::string, std::string>{"0", ""});
        const std::filesystem::path again =
            std::filesystem::temp_directory_path() / ("again_" + file.filename().string());
        std::ofstream(again) << expand(environment(), file, {});
        CHECK(outcome(again) == std::pair<std::string, std::string>{"0", ""});
        CHECK(expand(environment(), again, {}) == expand(environment(), file, {}));
        std::filesystem::remove(again);
    }
}
