// What the pages name is there: the files that they link to, and the paths of the repository that they mention.
#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "tests/docs/page.hpp"
#include "tests/support/paths.hpp"

using namespace plexus::test;
namespace fs = std::filesystem;

namespace {

/// All first groups of a pattern in a page's prose, each with the place where it stands.
std::vector<std::pair<std::string, std::string>> found(const Page& page, const std::regex& pattern) {
    std::vector<std::pair<std::string, std::string>> all;
    for (std::size_t i = 0; i < page.prose.size(); ++i) {
        const std::string& line = page.prose[i];
        for (std::sregex_iterator match{line.begin(), line.end(), pattern}, end; match != end; ++match)
            all.emplace_back((*match)[1].str(), page.path.string() + ":" + std::to_string(i + 1));
    }
    return all;
}

}  // namespace

TEST_CASE("links: every relative link of every page leads to a file") {
    std::size_t seen = 0;
    for (const Page& page : pages(true)) {
        for (const auto& [link, place] : found(page, std::regex{R"(\]\(([^)#]+)(#[^)]*)?\))"})) {
            if (link.find("://") != std::string::npos)
                continue;
            ++seen;
            CHECK_MESSAGE(fs::exists(source_dir() / page.path.parent_path() / link), place, ": ", link);
        }
    }
    CHECK(seen > 20);
}

TEST_CASE("links: every path of the repository that a page mentions is there") {
    std::size_t seen = 0;
    for (const Page& page : pages()) {
        const std::regex path{R"(`((?:apps|cmake|core|docs|graphs|plugins|scripts|tests)/[\w./-]*)`)"};
        for (const auto& [name, place] : found(page, path)) {
            ++seen;
            CHECK_MESSAGE(fs::exists(source_dir() / name), place, ": ", name);
        }
    }
    CHECK(seen > 20);
}

TEST_CASE("links: a block is of a language that some test reads, or is text") {
    const std::set<std::string> languages{"console", "cpp", "cmake", "yaml", "text"};
    for (const Page& page : pages())
        for (const Block& block : page.blocks)
            CHECK_MESSAGE(languages.contains(block.language), block.place, ": ", block.language);
}
