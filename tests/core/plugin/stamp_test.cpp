#include "core/plugin/stamp.hpp"

#include <doctest/doctest.h>
#include <elf.h>

#include <cstring>
#include <fstream>
#include <random>

#include "tests/core/plugin/fixtures.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

std::string reason_of(const std::string& bytes) {
    return read_stamp(written("stamp", "plugin.so", bytes)).reason;
}

Elf64_Ehdr header_of(const std::string& bytes) {
    Elf64_Ehdr header;
    std::memcpy(&header, bytes.data(), sizeof header);
    return header;
}

}  // namespace

TEST_CASE("stamp: a plugin says its name, version and what it was built for") {
    const FoundStamp found = read_stamp(fixture("echo"));
    REQUIRE(found.fields);
    CHECK(found.reason == "");
    CHECK(std::string{found.fields->name} == "echo");
    CHECK(std::string{found.fields->version} == "1.2.3");
    CHECK(judge(*found.fields, host_stamp()) == "");
}

TEST_CASE("stamp: each misfit says which side to rebuild") {
    StampFields host = host_stamp();
    host.sdk_major = 1;
    host.sdk_minor = 4;
    host.standard_library = 1;
    host.abi = 1017;
    host.sanitizer = 0;
    StampFields plugin = host;
    CHECK(judge(plugin, host) == "");

    plugin.sdk_minor = 3;
    CHECK(judge(plugin, host) ==
          "is older: built for SDK 1.3, this Plexus has SDK 1.4; rebuild the plugin against this Plexus");
    plugin.sdk_major = 0;
    plugin.sdk_minor = 9;
    CHECK(judge(plugin, host) ==
          "is older: built for SDK 0.9, this Plexus has SDK 1.4; rebuild the plugin against this Plexus");
    plugin.sdk_major = 2;
    plugin.sdk_minor = 0;
    CHECK(judge(plugin, host) ==
          "is newer: built for SDK 2.0, this Plexus has SDK 1.4; update Plexus, or rebuild the plugin against this "
          "one");

    plugin = host;
    plugin.standard_library = 0;
    CHECK(judge(plugin, host) ==
          "was built with _GLIBCXX_USE_CXX11_ABI=0, this Plexus with 1; rebuild the plugin with "
          "-D_GLIBCXX_USE_CXX11_ABI=1");
    plugin.standard_library = 3;
    CHECK(judge(plugin, host) == "was built with -D_GLIBCXX_DEBUG, this Plexus without; rebuild the plugin without it");
    CHECK(judge(host, plugin) ==
          "was built without -D_GLIBCXX_DEBUG, this Plexus with it; rebuild the plugin with it, or Plexus without");

    plugin = host;
    plugin.abi = 1011;
    CHECK(judge(plugin, host) ==
          "was built by a compiler with C++ ABI 1011, this Plexus with 1017; rebuild the plugin with Plexus's "
          "compiler (g++ -fabi-version=17)");

    plugin = host;
    plugin.sanitizer = 2;
    CHECK(judge(plugin, host) ==
          "was built with -fsanitize=thread, this Plexus with no sanitizer; rebuild the plugin with the options of "
          "this Plexus");
    plugin.sanitizer = 1;
    CHECK(judge(host, plugin) ==
          "was built with no sanitizer, this Plexus with -fsanitize=address; rebuild the plugin with the options of "
          "this Plexus");
}

TEST_CASE("stamp: what is no plugin is called what it is") {
    CHECK(reason_of("") == "is not a plugin: not an ELF file");
    CHECK(reason_of("\x7f"
                    "EL") == "is not a plugin: not an ELF file");
    CHECK(reason_of("#!/bin/sh\necho this is a script, and long enough to hold an ELF header of 64 bytes\n") ==
          "is not a plugin: not an ELF file");
    CHECK(read_stamp(fixture("no_stamp")).reason ==
          "is not a plugin: a shared library without the note that PLEXUS_PLUGIN leaves");
    CHECK(read_stamp("nowhere.so").reason == "cannot be read");
    std::string program = bytes_of(fixture("echo"));
    program[offsetof(Elf64_Ehdr, e_type)] = ET_REL;
    CHECK(reason_of(program) == "is not a plugin: an ELF file, but no shared library");
}

TEST_CASE("stamp: a library for another machine is named as one") {
    const std::string plugin = bytes_of(fixture("echo"));
    const std::string here = header_of(plugin).e_machine == EM_X86_64 ? "x86-64" : "aarch64";
    const auto refused = [&](const std::string& there) {
        return "was built for " + there + ", this Plexus runs on " + here + "; rebuild the plugin for this machine";
    };
    std::string other = plugin;
    other[offsetof(Elf64_Ehdr, e_machine)] = static_cast<char>(EM_RISCV);
    CHECK(reason_of(other) == refused("riscv"));

    other = plugin;
    other[EI_CLASS] = ELFCLASS32;
    other[offsetof(Elf64_Ehdr, e_machine)] = EM_386;
    CHECK(reason_of(other) == refused("i386"));

    other = plugin;
    other[EI_DATA] = ELFDATA2MSB;
    other[offsetof(Elf64_Ehdr, e_machine)] = 0;
    other[offsetof(Elf64_Ehdr, e_machine) + 1] = EM_PPC64;
    CHECK(reason_of(other) == refused("ppc64"));
}

TEST_CASE("stamp: a file that was cut anywhere is refused, and not opened beyond its end") {
    const std::string plugin = bytes_of(fixture("echo"));
    CHECK(reason_of(plugin.substr(0, 1000)) ==
          "is truncated: the file ends after 1000 bytes, before parts that it names; copy or build it again");
    for (std::size_t size = 0; size < plugin.size(); size += size < 2048 ? 13 : 1021) {
        CAPTURE(size);
        CHECK_FALSE(read_stamp(written("stamp", "plugin.so", plugin.substr(0, size))).fields);
    }
    CHECK_FALSE(read_stamp(written("stamp", "plugin.so", plugin.substr(0, plugin.size() - 1))).fields);
}

TEST_CASE("stamp: a stamp of another length belongs to another SDK, or is damaged") {
    const std::string plugin = bytes_of(fixture("echo"));
    std::string other = plugin;
    const auto owner = other.find(std::string_view{"\x01\0\0\0Plexus\0\0", 12});
    REQUIRE(owner != std::string::npos);
    const std::uint32_t shorter = sizeof(StampFields) - 8;
    std::memcpy(other.data() + owner - 4, &shorter, sizeof shorter);
    CHECK(reason_of(other) == "has a damaged stamp; rebuild the plugin");

    const FoundStamp newer = read_stamp(
        written("stamp", "plugin.so", with_stamp(other, [](StampFields& fields) { fields.sdk_minor = 99; })));
    REQUIRE(newer.fields);
    CHECK(judge(*newer.fields, host_stamp()).starts_with("is newer: "));

    const std::uint32_t endless = 0xfffffff0;
    std::memcpy(other.data() + owner - 4, &endless, sizeof endless);
    CHECK(reason_of(other) == "has damaged notes; rebuild the plugin");
}

TEST_CASE("stamp: a name cannot disturb a terminal") {
    const std::string plugin = with_stamp(
        bytes_of(fixture("echo")), [](StampFields& fields) { std::memset(fields.name, '\x1b', sizeof fields.name); });
    const FoundStamp found = read_stamp(written("stamp", "plugin.so", plugin));
    REQUIRE(found.fields);
    CHECK(std::string{found.fields->name} == std::string(47, '?'));
}

TEST_CASE("stamp: no damage of the headers makes the reader fail") {
    const std::string plugin = bytes_of(fixture("echo"));
    std::mt19937 random{1};
    for (int trial = 0; trial < 2000; ++trial) {
        std::string damaged = plugin.substr(0, 4096);
        for (int flips = 0; flips < 4; ++flips)
            damaged[random() % 1024] = static_cast<char>(random());
        // Past the headers the size alone counts.
        const auto file = written("stamp", "plugin.so", damaged);
        std::filesystem::resize_file(file, plugin.size());
        const FoundStamp found = read_stamp(file);
        CAPTURE(trial);
        CHECK(found.fields.has_value() == found.reason.empty());
    }
}
