// A page of the documentation as its tests read it: prose, and fenced blocks.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace plexus::test {

struct Block {
    std::string place;     ///< "docs/graph-format.md:6", the line of the fence
    std::string language;  ///< what follows the fence
    std::string lead;      ///< the last line of prose before it
    std::vector<std::string> lines;

    [[nodiscard]] std::string text() const;  ///< of all lines, each with its line feed
};

struct Page {
    std::filesystem::path path;  ///< relative to the repository
    std::vector<Block> blocks;
    std::vector<std::string> prose;  ///< one item a line; lines of blocks are empty
};

/// README.md and docs/*.md. With `reference`, also the pages that the runner writes.
[[nodiscard]] std::vector<Page> pages(bool reference = false);

}  // namespace plexus::test
