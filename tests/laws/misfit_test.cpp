// Law 7: a plugin that does not fit is refused, not crashed into. All of these would leave a file if any code of theirs
// were run; and whoever named one, or needs a type of it, learns which side to rebuild.
#include <doctest/doctest.h>
#include <elf.h>

#include <algorithm>
#include <functional>

#include "core/plugin/stamp.hpp"
#include "plexus/text.hpp"
#include "plexus/version.hpp"
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
    std::string reason;  // what the refusal says after the file's name
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

std::string with_header(std::size_t offset, char value) {
    std::string bytes = bytes_of(fixture("writer"));
    bytes[offset] = value;
    return bytes;
}

std::string built_for(int major, int minor) {
    return text("built for SDK ", major, ".", minor, ", this Plexus has SDK ", PLEXUS_SDK_MAJOR, ".", PLEXUS_SDK_MINOR);
}

std::string truncated_after(std::size_t bytes) {
    return text("is truncated: the file ends after ", bytes,
                " bytes, before parts that it names; copy or build it again");
}

std::string name_of_sanitizer(std::uint32_t sanitizer) {
    constexpr const char* names[] = {"no sanitizer", "-fsanitize=address", "-fsanitize=thread"};
    return names[sanitizer];
}

std::string header_machine(const std::string& bytes) {
    return bytes[offsetof(Elf64_Ehdr, e_machine)] == static_cast<char>(EM_X86_64) ? "x86-64" : "aarch64";
}

std::vector<Misfit> stamps_that_do_not_fit() {
    const StampFields host = host_stamp();
    const std::uint32_t other = host.sanitizer == 1 ? 2 : 1;
    const std::string newer = "; update Plexus, or rebuild the plugin against this one";
    return {
        {"older", bytes_of(fixture("older_sdk")),
         "is older: " + built_for(0, 0) + "; rebuild the plugin against this Plexus"},
        {"newer", bytes_of(fixture("newer_sdk")), "is newer: " + built_for(0, 99) + newer},
        {"next major", stamped([](StampFields& f) { f.sdk_major += 1; }),
         "is newer: " + built_for(PLEXUS_SDK_MAJOR + 1, PLEXUS_SDK_MINOR) + newer},
        {"other strings", stamped([](StampFields& f) { f.standard_library ^= 1; }),
         "was built with _GLIBCXX_USE_CXX11_ABI=0, this Plexus with 1; rebuild the plugin with "
         "-D_GLIBCXX_USE_CXX11_ABI=1"},
        {"debug mode", stamped([](StampFields& f) { f.standard_library ^= 2; }),
         "was built with -D_GLIBCXX_DEBUG, this Plexus without; rebuild the plugin without it"},
        {"other compiler", stamped([](StampFields& f) { f.abi -= 1; }),
         text("was built by a compiler with C++ ABI ", host.abi - 1, ", this Plexus with ", host.abi,
              "; rebuild the plugin with Plexus's compiler (g++ -fabi-version=", host.abi % 1000, ")")},
        {"other sanitizer", stamped([&](StampFields& f) { f.sanitizer = other; }),
         text("was built with ", name_of_sanitizer(other), ", this Plexus with ", name_of_sanitizer(host.sanitizer),
              "; rebuild the plugin with the options of this Plexus")},
    };
}

std::vector<Misfit> misfits() {
    const std::string whole = bytes_of(fixture("writer"));
    const std::string machine = header_machine(whole);
    std::vector<Misfit> all = stamps_that_do_not_fit();
    const std::vector<Misfit> files = {
        {"cut in half", whole.substr(0, whole.size() / 2), truncated_after(whole.size() / 2)},
        {"one byte short", whole.substr(0, whole.size() - 1), truncated_after(whole.size() - 1)},
        {"a script", "#!/bin/sh\ntouch constructed\n", "is not a plugin: not an ELF file"},
        {"empty", "", "is not a plugin: not an ELF file"},
        {"no shared library", with_header(offsetof(Elf64_Ehdr, e_type), ET_REL),
         "is not a plugin: an ELF file, but no shared library"},
        {"no note", without_note(), "is not a plugin: a shared library without the note that PLEXUS_PLUGIN leaves"},
        {"other machine", with_header(offsetof(Elf64_Ehdr, e_machine), static_cast<char>(EM_RISCV)),
         "was built for riscv, this Plexus runs on " + machine + "; rebuild the plugin for this machine"},
        {"missing library", bytes_of(fixture("missing_library")),
         "cannot be opened: libabsent.so: cannot open shared object file: No such file or directory"},
        {"missing symbol", bytes_of(WRITES_AND_MISSES),
         "cannot be opened: FILE: undefined symbol: elsewhere::function()"},
        {"no entry point", bytes_of(fixture("no_entry")),
         "has a stamp, but does not export plexus_register_plugin; rebuild it with PLEXUS_PLUGIN"},
        {"a registration that throws", bytes_of(fixture("registration_throws")), "registers no types: no licence"},
    };
    all.insert(all.end(), files.begin(), files.end());
    return all;
}

// The loader names the file in the middle of its own words.
std::string reason_of(const Misfit& misfit, const fs::path& file) {
    std::string reason = misfit.reason;
    if (const auto at = reason.find("FILE"); at != std::string::npos)
        reason.replace(at, 4, file.string());
    return reason;
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
        CHECK(outcome.err == text(file.string(), ": ", reason_of(misfit, file), "\n"));
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
        const std::string file = folder + text("/misfit", i, ".so");
        CHECK_MESSAGE(outcome.out.find(text("\n  ", file, " ", reason_of(all[i], file), "\n")) != std::string::npos,
                      outcome.out);
    }
    CHECK(!place.constructed());
}

TEST_CASE(
    "law 7: a graph that needs a type of a skipped plugin is told of it, of the nearest, and where was searched") {
    const Place place;
    place.put("mine.so", bytes_of(fixture("newer_sdk")));
    write_text(place.folder / "graph.yaml", R"(data: {source: {synthetic: {shape: [8], classes: 2}}}
network: [dens: {}, dense: {units: 2}]
loss: softmax_cross_entropy
train: {epochs: 1, batch: 8, optimizer: sgd}
)");
    const Outcome outcome = place.runner({"train", "graph.yaml", "--plugin-dir", (place.folder / "plugins").string()});
    CHECK(outcome.code == 2);
    const std::string folder = (place.folder / "plugins").string();
    CHECK(outcome.err == text("graph.yaml:2:11: there is no layer 'dens'; did you mean 'dense'?\n  searched ", folder,
                              "\n  searched ", fs::canonical(plugin_dir()).string(), "\n  skipped  ", folder,
                              "/mine.so: is newer: ", built_for(0, 99),
                              "; update Plexus, or rebuild the plugin against this one\n"));
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
        const std::string reason = text(": is refused: anybody may write to this ", folder_too ? "folder" : "file",
                                        "; remove that permission (chmod o-w) or move it\n");
        CHECK(named.err == file.string() + reason);
        const Outcome searched = place.runner({"plugins", "--plugin-dir", file.parent_path().string()});
        CHECK(searched.code == (folder_too ? 2 : 0));
        if (folder_too)
            CHECK(searched.err == file.parent_path().string() + reason);
        else
            CHECK_MESSAGE(searched.out.find(file.string() + reason.substr(1)) != std::string::npos, searched.out);
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
    CHECK(outcome.err == text("layer 'echo' is registered by both ", first.string(), " and ", second.string(),
                              "; leave out one of the two files, or rename the type\n"));
}

TEST_CASE("law 7: the same file found twice, also through links, is one plugin") {
    const Place place;
    const fs::path file = place.put("a.so", bytes_of(fixture("echo")));
    fs::create_symlink("a.so", file.parent_path() / "b.so");
    fs::create_directory_symlink("plugins", place.folder / "again");
    const Outcome alone = place.runner({"plugins"});
    const Outcome outcome = place.runner({"plugins", "--plugin-dir", "plugins", "--plugin-dir", "again"});
    CHECK_MESSAGE(outcome.code == 0, outcome.err);
    const auto loaded = [](const std::string& out) {
        const auto end =
            out.find(out.find(" plugins loaded") != std::string::npos ? " plugins loaded" : " plugin loaded");
        REQUIRE(end != std::string::npos);
        return std::stoi(out.substr(out.rfind('\n', end) + 1));
    };
    CHECK(loaded(outcome.out) == loaded(alone.out) + 1);
    CHECK(outcome.out.find("skipped:") == std::string::npos);
}
