// docs/plugin-api.md and docs/installing.md, held to their words: messages, headers, and the SDK's number in names.
#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "core/plugin/stamp.hpp"
#include "plexus/text.hpp"
#include "tests/docs/page.hpp"
#include "tests/support/paths.hpp"

using namespace plexus;
using namespace plexus::test;

namespace {

Page page_named(const char* name) {
    const auto all = pages();
    const auto found = std::ranges::find(all, std::filesystem::path{"docs"} / name, &Page::path);
    REQUIRE(found != all.end());
    return *found;
}

std::string prose_of(const Page& page) {
    std::string all;
    for (const std::string& line : page.prose)
        all += line + "\n";
    return all;
}

}  // namespace

TEST_CASE("plugin api: the page shows a message for each thing that can misfit, word for word") {
    const StampFields host{0, 2, 1, 1017, 0, "", ""};
    const auto changed = [&](auto change) {
        StampFields plugin = host;
        change(plugin);
        return judge(plugin, host);
    };
    const std::string prose = prose_of(page_named("plugin-api.md"));
    for (const std::string& message :
         {changed([](StampFields& f) { f.sdk_minor = 1; }), changed([](StampFields& f) { f.sdk_minor = 3; }),
          changed([](StampFields& f) { f.standard_library = 0; }),
          changed([](StampFields& f) { f.standard_library = 3; }), changed([](StampFields& f) { f.abi = 1016; }),
          changed([](StampFields& f) { f.sanitizer = 1; })}) {
        REQUIRE(!message.empty());
        CHECK_MESSAGE(prose.find("`" + message + "`") != std::string::npos, message);
    }
}

TEST_CASE("plugin api: the table of headers names each of them once") {
    std::multiset<std::string> named;
    for (const std::string& line : page_named("plugin-api.md").prose) {
        if (!line.starts_with("| plugins") && !line.starts_with("| programs"))
            continue;
        const std::regex header{R"(`(\w+\.hpp)`)"};
        // The first cell says which one brings the others.
        const std::size_t cell = line.find('|', 1);
        for (std::sregex_iterator match{line.begin() + cell, line.end(), header}, end; match != end; ++match)
            named.insert((*match)[1].str());
        if (line.find("`plugin.hpp`") < cell)
            named.insert("plugin.hpp");
    }
    std::multiset<std::string> there;
    for (const auto& entry : std::filesystem::directory_iterator{source_dir() / "core/include/plexus"})
        there.insert(entry.path().filename().string());
    CHECK(named == there);
}

TEST_CASE("plugin api: where a name has the SDK's number in it, it is this tree's") {
    const std::string sdk = text(PLEXUS_SDK_MAJOR, '.', PLEXUS_SDK_MINOR);
    std::size_t seen = 0;
    for (const char* name : {"plugin-api.md", "installing.md"}) {
        const std::string prose = prose_of(page_named(name));
        const std::regex named{R"((?:libplexus\.so\.|libplexus|plexus/|find_package\(Plexus |of SDK )(\d+\.\d+))"};
        for (std::sregex_iterator match{prose.begin(), prose.end(), named}, end; match != end; ++match) {
            ++seen;
            CHECK_MESSAGE((*match)[1].str() == sdk, std::string{name}, ": ", match->str());
        }
    }
    CHECK(seen > 5);
}
