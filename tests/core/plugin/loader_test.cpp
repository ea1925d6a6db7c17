#include "core/plugin/loader.hpp"

#include <doctest/doctest.h>

#include <cfenv>
#include <cstdlib>

#include "plexus/error.hpp"
#include "tests/core/plugin/fixtures.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

// `reason` comes after the path.
std::string refused(const std::string& name, const std::string& reason) {
    return fixture(name).string() + ": " + reason;
}

float smallest_halved() {
    volatile float smallest = 0x1p-126F;
    return smallest / 2;
}

}  // namespace

TEST_CASE("loader: a plugin of another SDK is refused before its static constructors run") {
    std::filesystem::remove("constructed");
    CHECK(refusal(fixture("older_sdk")) ==
          refused("older_sdk",
                  "is older: built for SDK 0.0, this Plexus has SDK 0.2; rebuild the plugin against this Plexus"));
    CHECK(refusal(fixture("newer_sdk")) == refused("newer_sdk",
                                                   "is newer: built for SDK 0.99, this Plexus has SDK 0.2; update "
                                                   "Plexus, or rebuild the plugin against this one"));
    CHECK_FALSE(std::filesystem::exists("constructed"));

    CHECK(refusal(fixture("writer")) == "");
    CHECK(std::filesystem::exists("constructed"));
}

TEST_CASE("loader: a plugin of another standard library is refused") {
    CHECK(refusal(fixture("debug_mode")) ==
          refused("debug_mode", "was built with -D_GLIBCXX_DEBUG, this Plexus without; rebuild the plugin without it"));
    CHECK(refusal(fixture("old_strings")) ==
          refused("old_strings",
                  "was built with _GLIBCXX_USE_CXX11_ABI=0, this Plexus with 1; rebuild the plugin with "
                  "-D_GLIBCXX_USE_CXX11_ABI=1"));
}

TEST_CASE("loader: what is missing is missed at once, in the loader's own words and with readable names") {
    CHECK(refusal(fixture("missing_symbol")) ==
          refused("missing_symbol", "cannot be opened: " + fixture("missing_symbol").string() +
                                        ": undefined symbol: elsewhere::function(int, char const*)"));
    CHECK(refusal(fixture("missing_library")) ==
          refused("missing_library",
                  "cannot be opened: libabsent.so: cannot open shared object file: No such file or directory"));
    CHECK(
        refusal(fixture("no_entry")) ==
        refused("no_entry", "has a stamp, but does not export plexus_register_plugin; rebuild it with PLEXUS_PLUGIN"));
}

TEST_CASE("loader: a registration that throws is a misfit, and none of its types is kept") {
    CHECK(refusal(fixture("registration_throws")) == refused("registration_throws", "registers no types: no licence"));
    const Environment environment = searching(fixture("registration_throws").parent_path());
    CHECK(environment.plugins().empty());
    REQUIRE(environment.skipped().size() == 1);
    CHECK(environment.skipped()[0].reason == "registers no types: no licence");
}

TEST_CASE("loader: a plugin linked with -ffast-math does not change the floating-point mode") {
    std::fesetround(FE_UPWARD);
    CHECK(refusal(fixture("fast_math")) == "");
    CHECK(std::fegetround() == FE_UPWARD);
    std::fesetround(FE_TONEAREST);
    CHECK(smallest_halved() == 0x1p-127F);
}

TEST_CASE("loader: a file or folder that anybody may write to is refused") {
    using std::filesystem::perms;
    const auto file = written("open", "plugin.so", bytes_of(fixture("writer")));
    std::filesystem::permissions(file, perms::others_write, std::filesystem::perm_options::add);
    CHECK(refusal(file) == file.string() +
                               ": is refused: anybody may write to this file; remove that permission (chmod o-w) or "
                               "move it");
    std::filesystem::permissions(file, perms::others_write, std::filesystem::perm_options::remove);
    std::filesystem::permissions(file.parent_path(), perms::others_write, std::filesystem::perm_options::add);
    const std::string reason =
        "is refused: anybody may write to this folder; remove that permission (chmod o-w) or move it";
    CHECK(refusal(file) == file.string() + ": " + reason);
    CHECK_THROWS_WITH_AS((void)searching("open"), ("open: " + reason).c_str(), InputError);
    std::filesystem::remove_all("open");
}

TEST_CASE("loader: kernels get one thread, and no more instructions than asked for") {
    prepare_kernel_libraries("avx2");
    CHECK(std::string{std::getenv("OMP_NUM_THREADS")} == "1");
    CHECK(std::string{std::getenv("ONEDNN_MAX_CPU_ISA")} == "AVX2");
    CHECK(std::string{std::getenv("DNNL_MAX_CPU_ISA")} == "AVX2");
    CHECK_THROWS_WITH_AS(prepare_kernel_libraries("axv2"),
                         "there is no instruction set 'axv2'; did you mean 'avx2'? (for --isa)", InputError);
}
