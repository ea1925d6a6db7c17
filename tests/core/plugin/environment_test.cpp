#include "plexus/environment.hpp"

#include <doctest/doctest.h>

#include "core/plugin/types.hpp"
#include "plexus/error.hpp"
#include "tests/core/plugin/fixtures.hpp"

using namespace plexus;
using namespace plexus::test;

TEST_CASE("environment: a folder's plugins are loaded with their types, in alphabetical order") {
    std::filesystem::remove_all("two");
    const auto second = written("two", "b.so", bytes_of(fixture("writer")));
    const auto first = written("two", "a.so", bytes_of(fixture("echo")));
    const Environment environment = searching("two");
    REQUIRE(environment.plugins().size() == 2);
    const Environment::PluginInfo& echo = environment.plugins()[0];
    CHECK(echo.path == first);
    CHECK(echo.name == "echo");
    CHECK(echo.version == "1.2.3");
    CHECK(echo.types.size() == 9);
    CHECK(echo.types[0] == std::pair{Kind::layer, std::string{"echo"}});
    CHECK(environment.plugins()[1].path == second);
    CHECK(environment.directories() == std::vector{second.parent_path()});
    CHECK(environment.types().origin(Kind::layer, "echo") == first.string());
}

TEST_CASE("environment: a misfit in a searched folder is skipped and listed") {
    std::filesystem::remove_all("mixed");
    written("mixed", "a.so", bytes_of(fixture("echo")));
    const auto script = written("mixed", "b.so", "no library");
    const auto old = written("mixed", "c.so", bytes_of(fixture("older_sdk")));
    written("mixed", "readme.txt", "not looked at");
    const Environment environment = searching("mixed");
    CHECK(environment.plugins().size() == 1);
    REQUIRE(environment.skipped().size() == 2);
    CHECK(environment.skipped()[0].path == script);
    CHECK(environment.skipped()[0].reason == "is not a plugin: not an ELF file");
    CHECK(environment.skipped()[1].path == old);
    CHECK(environment.skipped()[1].reason.starts_with("is older: "));
}

TEST_CASE("environment: a named file or folder that is not there is an error") {
    CHECK(refusal("nowhere.so") == "nowhere.so: there is no such plugin file");
    CHECK_THROWS_WITH_AS((void)searching("nowhere"), "nowhere: there is no such folder of plugins", InputError);
}

TEST_CASE("environment: one file found twice is one load, two files with one type are refused with both paths") {
    std::filesystem::remove_all("twice");
    const auto first = written("twice", "a.so", bytes_of(fixture("echo")));
    std::filesystem::create_symlink("a.so", "twice/b.so");
    const Environment environment{
        {.plugin_directories = {"twice", "./twice"}, .plugins = {"twice/b.so"}, .search_shipped = false}};
    CHECK(environment.plugins().size() == 1);
    CHECK(environment.skipped().empty());

    const auto second = written("twice", "c.so", bytes_of(fixture("echo")));
    CHECK_THROWS_WITH_AS((void)searching("twice"),
                         ("layer 'echo' is registered by both " + first.string() + " and " + second.string() +
                          "; leave out one of the two files, or rename the type")
                             .c_str(),
                         InputError);
}

TEST_CASE("environment: the shipped plugins lie beside the library") {
    const Environment environment;
    for (const Environment::PluginInfo& plugin : environment.plugins())
        CHECK(plugin.path.parent_path().filename() == "0.2");
    for (const Environment::Skipped& skipped : environment.skipped())
        CHECK(skipped.reason == "there is no such folder");
}
