// Law 7: a plugin that does not fit is refused, not crashed into. All of these would leave a file if any code of theirs
// were run; and whoever named one, or needs a type of it, learns which side to rebuild.
#include <doctest/doctest.h>
#include <elf.h>

#include <algorithm>
#include <functional>

#include "plexus/text.hpp"
#include "tests/core/plugin/fixtures.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

using namespace plexus;
using namespace plexus::test;
namespace fs = std::filesystem;

namespace {

struct Misfit {
    std::string what;
    std::string bytes;
    const char* reason;  // what the refusal says, part of which is the remedy
    const char* remedy;
};

std::string stamped(const std::function<void(StampFields&)>& change) {
    return with_stamp(bytes_of(fixture("writer")), change);
}

std::string without_note() {
    std::string bytes = bytes_of(fixture("writer"));
    const auto owner = bytes.find(std::string_view{"\x01\0\0\0Plexus\0\0", 12});
    REQUIRE(owner != std::string::npos);
    bytes[owner + 4] = 'p';
    return bytes;
}

std::string for_machine(char machine) {
    std::string bytes = bytes_of(fixture("writer"));
    bytes[offsetof(Elf64_Ehdr, e_machine)] = machine;
    return bytes;
}

std::vector<Misfit> misfits() {
    const std::string whole = bytes_of(fixture("writer"));
    return {
        {"older", bytes_of(fixture("older_sdk")), "is older: built for SDK", "rebuild the plugin"},
        {"newer", bytes_of(fixture("newer_sdk")), "is newer: built for SDK", "update Plexus, or rebuild the plugin"},
        {"next major", stamped([](StampFields& f) { f.sdk_major += 1; }), "is newer", "update Plexus, or rebuild"},
        {"other strings", stamped([](StampFields& f) { f.standard_library ^= 1; }), "_GLIBCXX_USE_CXX11_ABI",
         "rebuild"},
        {"debug mode", stamped([](StampFields& f) { f.standard_library ^= 2; }), "-D_GLIBCXX_DEBUG", "rebuild"},
        {"other compiler", stamped([](StampFields& f) { f.abi -= 1; }), "by a compiler with C++ ABI", "rebuild"},
        {"other sanitizer", stamped([](StampFields& f) { f.sanitizer ^= 4; }), "was built with", "rebuild"},
        {"cut in half", whole.substr(0, whole.size() / 2), "is truncated", "copy or build it again"},
        {"one byte short", whole.substr(0, whole.size() - 1), "is truncated", "copy or build it again"},
        {"a script", "#!/bin/sh\ntouch constructed\n", "not an ELF file", "is not a plugin"},
        {"empty", "", "not an ELF file", "is not a plugin"},
        {"no note", without_note(), "without the note", "PLEXUS_PLUGIN"},
        {"other machine", for_machine(static_cast<char>(EM_RISCV)), "was built for riscv", "rebuild the plugin"},
        {"missing symbol", bytes_of(WRITES_AND_MISSES), "undefined symbol: elsewhere::function()", "cannot be opened"},
    };
}

// A folder for plugins, and one in which the runner works: there the file would appear.
struct Place {
    fs::path put(const std::string& name, const std::string& bytes) const {
        fs::create_directories(folder / "plugins");
        write_text(folder / "plugins" / name, bytes);
        return folder / "plugins" / name;
    }
    Outcome runner(std::vector<std::string> words) const { return run_runner(std::move(words), {folder.path()}); }
    bool constructed() const { return fs::exists(folder / "constructed"); }
    TemporaryFolder folder;
};

}  // namespace

TEST_CASE("law 7: the fixture does leave a file when it fits") {
    const Place place;
    const Outcome outcome = place.runner({"check", place.put("mine.so", bytes_of(fixture("writer"))).string()});
    CHECK_MESSAGE(outcome.code == 0, outcome.err);
    CHECK(place.constructed());
}

TEST_CASE("law 7: a misfit that is named is exit 2, with the reason and the remedy, before any code of it runs") {
    for (const Misfit& misfit : misfits()) {
        CAPTURE(misfit.what);
        const Place place;
        const fs::path file = place.put("mine.so", misfit.bytes);
        const Outcome outcome = place.runner({"check", file.string()});
        CHECK(outcome.code == 2);
        CHECK(outcome.out == "");
        CHECK_MESSAGE(outcome.err.starts_with(file.string() + ": "), outcome.err);
        CHECK_MESSAGE(outcome.err.find(misfit.reason) != std::string::npos, outcome.err);
        CHECK_MESSAGE(outcome.err.find(misfit.remedy) != std::string::npos, outcome.err);
        CHECK(!place.constructed());
    }
}

TEST_CASE("law 7: misfits in a searched folder are skipped and listed, and do not keep the others from working") {
    const Place place;
    place.put("echo.so", bytes_of(fixture("echo")));
    const auto all = misfits();
    for (std::size_t i = 0; i < all.size(); ++i)
        place.put(text("misfit", i, ".so"), all[i].bytes);
    const std::string folder = (place.folder / "plugins").string();
    const Outcome outcome = place.runner({"plugins", "--plugin-dir", folder});
    CHECK_MESSAGE(outcome.code == 0, outcome.err);
    CHECK(outcome.out.find("  echo ") != std::string::npos);
    for (std::size_t i = 0; i < all.size(); ++i) {
        CAPTURE(all[i].what);
        const auto line = outcome.out.find(folder + text("/misfit", i, ".so "));
        REQUIRE(line != std::string::npos);
        const std::string said = outcome.out.substr(line, outcome.out.find('\n', line) - line);
        CHECK_MESSAGE(said.find(all[i].reason) != std::string::npos, said);
    }
    CHECK(!place.constructed());
}

TEST_CASE("law 7: a graph that needs a type of a skipped plugin is told of it") {
    const Place place;
    place.put("mine.so", bytes_of(fixture("newer_sdk")));
    write_text(place.folder / "graph.yaml", R"(data: {source: {synthetic: {shape: [8], classes: 2}}}
network: [mine: {}, dense: {units: 2}]
loss: softmax_cross_entropy
train: {epochs: 1, batch: 8, optimizer: sgd}
)");
    const Outcome outcome = place.runner({"train", "graph.yaml", "--plugin-dir", (place.folder / "plugins").string()});
    CHECK(outcome.code == 2);
    CHECK_MESSAGE(outcome.err.find("graph.yaml:2:11: there is no layer 'mine'") != std::string::npos, outcome.err);
    CHECK_MESSAGE(outcome.err.find("mine.so: is newer: built for SDK") != std::string::npos, outcome.err);
    CHECK(!place.constructed());
}

TEST_CASE("law 7: a plugin that anybody could have written is refused") {
    using fs::perms;
    for (const bool folder_too : {false, true}) {
        CAPTURE(folder_too);
        const Place place;
        const fs::path file = place.put("mine.so", bytes_of(fixture("writer")));
        fs::permissions(folder_too ? file.parent_path() : file, perms::others_write, fs::perm_options::add);
        const Outcome named = place.runner({"check", file.string()});
        CHECK(named.code == 2);
        CHECK_MESSAGE(named.err.find("anybody may write to this") != std::string::npos, named.err);
        CHECK_MESSAGE(named.err.find("chmod o-w") != std::string::npos, named.err);
        const Outcome searched = place.runner({"plugins", "--plugin-dir", file.parent_path().string()});
        CHECK(searched.code == (folder_too ? 2 : 0));
        CHECK_MESSAGE((searched.out + searched.err).find("anybody may write to this") != std::string::npos,
                      searched.out, searched.err);
        CHECK(!place.constructed());
    }
}

TEST_CASE("law 7: the working folder is not searched") {
    const Place place;
    write_text(place.folder / "mine.so", bytes_of(fixture("writer")));
    CHECK(place.runner({"plugins"}).code == 0);
    CHECK(!place.constructed());
}

TEST_CASE("law 7: one type in two files is refused with both of them") {
    const Place place;
    const fs::path first = place.put("a.so", bytes_of(fixture("echo")));
    const fs::path second = place.put("b.so", bytes_of(fixture("echo")));
    const Outcome outcome = place.runner({"plugins", "--plugin-dir", first.parent_path().string()});
    CHECK(outcome.code == 2);
    CHECK(outcome.out == "");
    for (const std::string& part : {std::string{"'echo'"}, first.string(), second.string(), std::string{"leave out"}})
        CHECK_MESSAGE(outcome.err.find(part) != std::string::npos, outcome.err);
}
