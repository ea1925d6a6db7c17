// Each page's commands, run one after another in a clone of their own.
#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "tests/docs/page.hpp"
#include "tests/docs/scratch.hpp"
#include "tests/support/paths.hpp"

using namespace plexus::test;

namespace {

/// Commands that are not run as they stand.
struct Special {
    const char* beginning;
    const char* instead;  ///< what is run in their place; empty: the command itself
    const char* needs;    ///< the command is left out where this fails; empty: nothing is needed
};
constexpr Special specials[] = {
    // It installs, builds, and trains for many minutes: here for one epoch, into the same folder.
    {"scripts/quickstart",
     "build/release/bin/runner train graphs/mnist_cnn.yaml --set train.epochs=1 --out runs/mnist_cnn", ""},
    // The build is what is tested here, and the tests are what runs.
    {"scripts/build", "true", ""},
    {"scripts/test", "true", ""},
    // A test installs nothing.
    {"scripts/install-dependencies", "true", ""},
    {"sudo apt", "true", ""},
    // tests/install makes the packages and looks into them.
    {"cpack ", "true", ""},
    // A sanitizer's build has no package to offer.
    {"cmake ", "", "grep -qx 'PLEXUS_SANITIZE:STRING=' build/release/CMakeCache.txt"},
    {"/tmp/plexus/bin/runner ", "", "grep -qx 'PLEXUS_SANITIZE:STRING=' build/release/CMakeCache.txt"},
    // Other people's tools, of packages that Plexus does without.
    {"h5ls ", "", "command -v h5ls"},
    {"/usr/bin/python3 -c 'import h5py", "", "/usr/bin/python3 -c 'import h5py'"},
};

/// A line after "$ ", and the lines below it, which are what it prints.
struct Command {
    std::string line;
    std::vector<std::string> shown;
};

std::vector<Command> commands_of(const Block& block) {
    std::vector<Command> commands;
    for (const std::string& line : block.lines) {
        if (line.starts_with("$ "))
            commands.push_back({line.substr(2), {}});
        else if (!commands.empty() && commands.back().line.ends_with('\\') && commands.back().shown.empty())
            commands.back().line += "\n" + line;
        else if (!commands.empty())
            commands.back().shown.push_back(line);
        else
            FAIL_CHECK(block.place << ": the block does not begin with a command");
    }
    return commands;
}

/// Where a page shows numbers, any numbers may come; spaces are there for columns.
std::string without_numbers(const std::string& line) {
    const std::string masked = std::regex_replace(line, std::regex{R"([-+]?\d([\d.,]*\d)?(e[-+]\d+)?)"}, "0");
    return std::regex_replace(std::regex_replace(masked, std::regex{" +"}, " "), std::regex{" $"}, "");
}

/// The first of the shown lines that is not in the output behind those before it; "" if all are. "..." is any lines.
std::string not_printed(const std::vector<std::string>& shown, const std::string& output) {
    std::istringstream stream{output};
    for (const std::string& wanted : shown) {
        bool found = wanted == "...";
        for (std::string line; !found && std::getline(stream, line);)
            found = without_numbers(line) == without_numbers(wanted);
        if (!found)
            return wanted;
    }
    return "";
}

void run_command(const Scratch& scratch, const std::string& place, Command command) {
    for (const Special& special : specials) {
        if (!command.line.starts_with(special.beginning))
            continue;
        if (*special.needs != '\0' && scratch.shell(special.needs).code != 0) {
            MESSAGE(place << ": left out, for this fails: " << special.needs);
            return;
        }
        if (*special.instead != '\0')
            command.line = special.instead;
    }
    const Outcome outcome = scratch.shell(command.line);
    CHECK_MESSAGE(outcome.code == 0, place, ": $ ", command.line, "\n", outcome.out);
    const std::string missing = not_printed(command.shown, outcome.out);
    CHECK_MESSAGE(missing.empty(), place, ": $ ", command.line, "\ndoes not print: ", missing, "\nbut:\n", outcome.out);
}

// A `cpp` block and the `cmake` block that builds it are the files of a folder with the plugin's name.
void write_plugins(const Page& page, const std::filesystem::path& folder) {
    std::string source;
    for (const Block& block : page.blocks) {
        if (!block.quoted.empty())
            continue;
        if (block.language == "cpp")
            source = block.text();
        std::smatch match;
        const std::string lists = block.text();
        if (block.language != "cmake" ||
            !std::regex_search(lists, match, std::regex{R"(plexus_add_plugin\((\w+) ([\w.]+)\))"}))
            continue;
        std::filesystem::create_directory(folder / match[1].str());
        write_text(folder / match[1].str() / match[2].str(), source);
        write_text(folder / match[1].str() / "CMakeLists.txt", lists);
    }
}

}  // namespace

TEST_CASE("console: each page's commands succeed in their order and print what the page shows") {
    std::size_t run = 0;
    for (const Page& page : pages()) {
        if (std::ranges::none_of(page.blocks, [](const Block& block) { return block.language == "console"; }))
            continue;
        const Scratch scratch;
        write_plugins(page, scratch.path());
        for (const Block& block : page.blocks) {
            if (block.language != "console")
                continue;
            for (const Command& command : commands_of(block)) {
                run_command(scratch, block.place, command);
                ++run;
            }
        }
    }
    CHECK(run > 20);
}

TEST_CASE("console: a shown line that is not printed, or not in this order, would be noticed") {
    CHECK(not_printed({"loss  0.25", "...", "done"}, "start\nloss 1,234.5\nmore\ndone\n").empty());
    CHECK(not_printed({"done", "loss 1"}, "loss 2\ndone\n") == "loss 1");
    CHECK(not_printed({"accuracy 1"}, "loss 1\n") == "accuracy 1");
}
