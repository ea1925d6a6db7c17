// docs/reference is what the runner writes, byte for byte.
#include <doctest/doctest.h>

#include <map>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

using namespace plexus::test;
namespace fs = std::filesystem;

namespace {

const std::string mend = "rm -r docs/reference; build/release/bin/runner plugins --reference docs/reference";

/// All files below a folder, by their paths in it.
std::map<std::string, std::string> files_below(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator{folder})
        if (entry.is_regular_file())
            files[entry.path().lexically_relative(folder).string()] = read_text(entry.path());
    return files;
}

/// The first line in which two texts differ, of both.
std::string difference(const std::string& committed, const std::string& written) {
    std::size_t begin = 0, at = 0;
    for (; at < committed.size() && at < written.size() && committed[at] == written[at]; ++at)
        if (committed[at] == '\n')
            begin = at + 1;
    const auto line = [&](const std::string& text) { return text.substr(begin, text.find('\n', begin) - begin); };
    return "committed: " + line(committed) + "\nthe runner writes: " + line(written);
}

}  // namespace

TEST_CASE("reference: the committed pages are what the runner writes now, no more and no fewer") {
    const TemporaryFolder folder;
    const Outcome outcome = run_runner({"plugins", "--reference", (folder / "reference").string()});
    REQUIRE_MESSAGE(outcome.code == 0, outcome.err);
    auto committed = files_below(source_dir() / "docs/reference");
    const auto written = files_below(folder / "reference");
    CHECK(written.size() > 50);
    for (const auto& [name, content] : written) {
        const std::string page = "docs/reference/" + name;
        if (!committed.contains(name))
            FAIL_CHECK(page << " is missing; run: " << mend);
        else if (committed[name] != content)
            FAIL_CHECK(page << " is out of date\n" << difference(committed[name], content) << "\nrun: " << mend);
        committed.erase(name);
    }
    for (const auto& [name, content] : committed)
        FAIL_CHECK("docs/reference/" << name << " is of a type that is gone; run: " << mend);
}

TEST_CASE("reference: pages name no folder of this machine") {
    const TemporaryFolder folder;
    CHECK(run_runner({"plugins", "--reference", folder.path().string()}).code == 0);
    for (const auto& [name, content] : files_below(folder.path()))
        CHECK_MESSAGE(content.find(build_dir().string()) == std::string::npos, name);
}

TEST_CASE("reference: a folder that cannot be written is exit 1, a type beside the option exit 2") {
    const TemporaryFolder folder;
    write_text(folder / "file", "");
    const Outcome outcome = run_runner({"plugins", "--reference", (folder / "file").string()});
    CHECK(outcome.code == 1);
    CHECK_MESSAGE(outcome.err.find("the folder cannot be made") != std::string::npos, outcome.err);
    const Outcome both = run_runner({"plugins", "relu", "--reference", (folder / "new").string()});
    CHECK(both.code == 2);
    CHECK(both.err == "--reference writes the pages of all types; leave out 'relu'\n");
    CHECK(!fs::exists(folder / "new"));
}
