// A block that a page takes from a file is in that file, and files that pages quote are built by tests/install.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/docs/page.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

using namespace plexus::test;

namespace {

/// The block's lines between those that are `...` alone.
std::vector<std::vector<std::string>> pieces_of(const Block& block) {
    std::vector<std::vector<std::string>> pieces(1);
    for (const std::string& line : block.lines)
        if (line == "..." || line == "// ...")
            pieces.emplace_back();
        else
            pieces.back().push_back(line);
    return pieces;
}

/// Where whole lines stand in a text one after another, from a place on: the place behind them, or npos. A page may
/// leave out the indent that the lines share.
std::size_t behind(const std::vector<std::string>& lines, const std::string& text, std::size_t from) {
    std::size_t nearest = std::string::npos;
    for (const std::size_t indent : {0, 4, 8, 12}) {
        std::string wanted = "\n";
        for (const std::string& line : lines)
            wanted += (line.empty() ? "" : std::string(indent, ' ')) + line + "\n";
        if (const std::size_t found = text.find(wanted, from); found != std::string::npos)
            nearest = std::min(nearest, found + wanted.size() - 1);
    }
    return nearest;
}

/// Whether all pieces of the block are in the text, in their order.
bool is_excerpt(const Block& block, const std::string& text) {
    const std::string whole = "\n" + text;
    std::size_t at = 0;
    for (const std::vector<std::string>& lines : pieces_of(block))
        if (at != std::string::npos)
            at = behind(lines, whole, at);
    return at != std::string::npos;
}

Block block_of(std::vector<std::string> lines) {
    return {"", "cpp", "", {}, std::move(lines)};
}

}  // namespace

TEST_CASE("excerpts: what a page takes from a file is in it, in this order") {
    std::size_t seen = 0;
    for (const Page& page : pages())
        for (const Block& block : page.blocks) {
            const bool code = block.language == "cpp" || block.language == "cmake";
            CHECK_MESSAGE((!code || !block.quoted.empty()), block.place,
                          ": code that no test builds; the line before it ends with a link to its file and a colon");
            if (block.quoted.empty())
                continue;
            ++seen;
            CHECK_MESSAGE(is_excerpt(block, read_text(source_dir() / block.quoted)), block.place, ": ",
                          block.quoted.string(), " has another text than\n", block.text());
        }
    CHECK(seen >= 10);
}

TEST_CASE("excerpts: another word, another order or a line that is left out unsaid would be noticed") {
    const std::string text = "struct A {\n    int a;\n    int b;\n    int c;\n};\n";
    CHECK(is_excerpt(block_of({"struct A {", "    int a;"}), text));
    CHECK(is_excerpt(block_of({"int a;", "int b;"}), text));
    CHECK(is_excerpt(block_of({"int a;", "// ...", "int c;"}), text));
    CHECK(is_excerpt(block_of({"struct A {", "...", "int c;"}), text));
    CHECK_FALSE(is_excerpt(block_of({"int a;", "int c;"}), text));
    CHECK_FALSE(is_excerpt(block_of({"int c;", "...", "int a;"}), text));
    CHECK_FALSE(is_excerpt(block_of({"int a"}), text));
    CHECK_FALSE(is_excerpt(block_of({"int d;"}), text));
}
