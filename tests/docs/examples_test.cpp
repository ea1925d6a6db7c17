// docs/examples: each folder is laid out alike, has the commands that tests/install runs, and may serve as a template.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

using namespace plexus::test;
namespace fs = std::filesystem;

namespace {

/// One of each extension point: what is a template has to read well with another name in it.
constexpr const char* templates[] = {"double_exponential", "funnel", "inverse_root", "pgm",
                                     "pseudo_huber",       "signum", "swish",        "within_tolerance",
                                     "two_spirals"};

fs::path examples() {
    return source_dir() / "docs/examples";
}

std::vector<fs::path> folders() {
    std::vector<fs::path> all;
    for (const fs::directory_entry& entry : fs::directory_iterator{examples()})
        all.push_back(entry.path());
    std::ranges::sort(all);
    return all;
}

std::string camel_case(const std::string& name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i)
        if (name[i] != '_')
            out += i == 0 || name[i - 1] == '_' ? static_cast<char>(std::toupper(name[i])) : name[i];
    return out;
}

}  // namespace

TEST_CASE("examples: each folder has a source of its own name, CMakeLists.txt, graph.yaml and README.md") {
    std::set<std::string> seen;
    for (const fs::path& folder : folders()) {
        const std::string name = folder.filename().string();
        seen.insert(name);
        std::set<std::string> files;
        for (const fs::directory_entry& entry : fs::directory_iterator{folder})
            files.insert(entry.path().filename().string());
        files.erase("images");
        const std::set<std::string> wanted{name + ".cpp", "CMakeLists.txt", "graph.yaml", "README.md"};
        CHECK_MESSAGE(files == wanted, name);
    }
    for (const std::string name : templates)
        CHECK_MESSAGE(seen.contains(name), name);
    CHECK(seen.contains("embedding"));
}

TEST_CASE("examples: each plugin's README and CMakeLists.txt say what tests/install does") {
    for (const fs::path& folder : folders()) {
        const std::string name = folder.filename().string();
        if (name == "embedding")
            continue;
        const std::string readme = read_text(folder / "README.md");
        const std::string commands = "```console\n$ cmake -S . -B build\n$ cmake --build build\n$ runner check build/" +
                                     name + ".so\n$ runner train graph.yaml --plugin-dir build --overwrite\n```\n";
        CHECK_MESSAGE(readme.find(commands) != std::string::npos, name);
        CHECK_MESSAGE(readme.starts_with("# " + name + "\n"), name);
        const std::string lists = read_text(folder / "CMakeLists.txt");
        for (const std::string& line :
             {"plexus_add_plugin(" + name + " " + name + ".cpp)\n",
              "add_test(NAME check COMMAND Plexus::runner check $<TARGET_FILE:" + name + ">)\n",
              std::string{"add_test(NAME train COMMAND Plexus::runner train ${CMAKE_CURRENT_SOURCE_DIR}/graph.yaml\n"}})
            CHECK_MESSAGE(lists.find(line) != std::string::npos, name, ": ", line);
    }
}

TEST_CASE("examples: of a template, the name alone has to be replaced") {
    for (const std::string name : templates) {
        const fs::path folder = examples() / name;
        for (const std::string file : {"CMakeLists.txt", "graph.yaml", "README.md"})
            CHECK_MESSAGE(read_text(folder / file).find("](") == std::string::npos, name, "/", file,
                          ": a link leads nowhere from a copy");
        const std::string source = read_text(folder / (name + ".cpp"));
        CHECK_MESSAGE(source.find("PLEXUS_PLUGIN(\"" + name + "\", \"1.0.0\", registry)") != std::string::npos, name);
        // In capitals, with spaces or with a hyphen it would stay.
        std::string text = source + read_text(folder / "README.md") + read_text(folder / "graph.yaml");
        for (const std::string& spelling : {name, camel_case(name)})
            for (std::size_t at = 0; (at = text.find(spelling, at)) != std::string::npos;)
                text.erase(at, spelling.size());
        const std::regex left{std::regex_replace(name, std::regex{"_"}, "[_ -]?"), std::regex::icase};
        std::smatch match;
        CHECK_MESSAGE(!std::regex_search(text, match, left), name, ": ", match.str(), " is no spelling of its name");
    }
}

TEST_CASE("examples: sources use the public headers and the kernels' alone, and keep to the house's sizes") {
    for (const fs::path& folder : folders()) {
        const std::string source = read_text(folder / (folder.filename().string() + ".cpp"));
        const std::regex include{R"re(#include (["<])(([\w.]+/)?[^">]*)[">])re"};
        for (std::sregex_iterator match{source.begin(), source.end(), include}, end; match != end; ++match) {
            CHECK_MESSAGE((*match)[1] == "<", folder.string(), ": ", match->str());
            const std::string room = (*match)[3];
            CHECK_MESSAGE((room.empty() || room == "plexus/" || room == "kernels/"), folder.string(), ": ",
                          match->str());
        }
        CHECK_MESSAGE(source.starts_with("// "), folder.string());
        CHECK_MESSAGE(std::ranges::count(source, '\n') < 200, folder.string());
    }
}
