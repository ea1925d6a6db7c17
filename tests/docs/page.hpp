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
    /// The file of the repository that the lead ends with a link to, as in "From [swish.cpp](swish.cpp):"; the block is
    /// an excerpt of it. Empty: there is none.
    std::filesystem::path quoted;
    std::vector<std::string> lines;

    [[nodiscard]] std::string text() const;  ///< of all lines, each with its line feed
};

struct Page {
    std::filesystem::path path;  ///< relative to the repository
    std::vector<Block> blocks;
    std::vector<std::string> prose;  ///< one item a line; lines of blocks are empty
};

/// README.md and docs/*.md. With `all_below`, also the pages in folders of docs/: those that the runner writes, and
/// those of the examples.
[[nodiscard]] std::vector<Page> pages(bool all_below = false);

}  // namespace plexus::test
