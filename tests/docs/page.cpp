#include "tests/docs/page.hpp"

#include <algorithm>
#include <fstream>
#include <regex>
#include <stdexcept>

#include "tests/support/paths.hpp"

namespace plexus::test {
namespace {

namespace fs = std::filesystem;

fs::path quoted_file(const std::string& lead, const fs::path& page) {
    std::smatch match;
    if (!std::regex_search(lead, match, std::regex{R"(\]\(([^):]+\.(cpp|hpp|txt|yaml))\):$)"}))
        return {};
    return (page.parent_path() / match[1].str()).lexically_normal();
}

Page read_page(const fs::path& path) {
    Page page{path, {}, {}};
    std::ifstream stream{source_dir() / path};
    bool inside = false;
    std::string lead;
    for (std::string line; std::getline(stream, line);) {
        const bool fence = line.starts_with("```");
        if (fence && !inside)
            page.blocks.push_back({path.string() + ":" + std::to_string(page.prose.size() + 1),
                                   line.substr(3),
                                   lead,
                                   quoted_file(lead, path),
                                   {}});
        else if (inside && !fence)
            page.blocks.back().lines.push_back(line);
        else if (!inside && !line.empty())
            lead = line;
        page.prose.push_back(fence || inside ? "" : line);
        inside = inside != fence;
    }
    if (inside)
        throw std::runtime_error(page.blocks.back().place + ": the block has no end");
    return page;
}

}  // namespace

std::string Block::text() const {
    std::string all;
    for (const std::string& line : lines)
        all += line + "\n";
    return all;
}

std::vector<Page> pages(bool all_below) {
    std::vector<fs::path> paths{"README.md"};
    const auto add = [&](const fs::directory_entry& entry) {
        if (entry.path().extension() == ".md")
            paths.push_back(entry.path().lexically_relative(source_dir()));
    };
    for (const fs::directory_entry& entry : fs::directory_iterator{source_dir() / "docs"})
        add(entry);
    if (all_below)
        for (const char* folder : {"docs/reference", "docs/examples"})
            for (const fs::directory_entry& entry : fs::recursive_directory_iterator{source_dir() / folder})
                add(entry);
    std::sort(paths.begin() + 1, paths.end());
    std::vector<Page> all;
    for (const fs::path& path : paths)
        all.push_back(read_page(path));
    return all;
}

}  // namespace plexus::test
