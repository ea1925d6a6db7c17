// Each yaml block of the pages is a program that can be run, or part of one, or quotes a file (excerpt_test.cpp).
#include <doctest/doctest.h>
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <regex>
#include <sstream>

#include "tests/docs/page.hpp"
#include "tests/docs/scratch.hpp"
#include "tests/support/paths.hpp"

using namespace plexus::test;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> keys_of(const Block& block) {
    std::vector<std::string> keys;
    for (const std::string& line : block.lines)
        if (std::smatch match; std::regex_search(line, match, std::regex{"^([a-z_]+):"}))
            keys.push_back(match[1]);
    return keys;
}

std::string indented(const Block& block) {
    std::string text;
    for (const std::string& line : block.lines)
        text += "  " + line + "\n";
    return text;
}

/// The rule for a block that is no whole program: a list of nodes begins the network; keys of the section `data` are
/// put into it; and whatever section is missing then is one of these.
std::string completed(const Block& block) {
    const std::string data = "data: {source: {synthetic: {shape: [8, 8, 1], classes: 3, samples: 64}}}\n";
    const std::string nodes = "  - rescaling: {scale: 1}\n  - flatten\n  - dense: {units: 3}\n";
    if (block.lines.front().starts_with("- "))
        return data + "network:\n" + indented(block) + nodes;
    const std::vector<std::string> keys = keys_of(block);
    const auto has = [&](const char* key) { return std::ranges::find(keys, key) != keys.end(); };
    if (has("source"))
        return "data:\n" + indented(block) + "network:\n" + nodes;
    std::string text = block.text();
    if (!has("data"))
        text += data;
    if (has("phases"))
        return text;
    if (!has("network") && !has("model"))
        text += "network:\n" + nodes;
    if (has("train") && !has("loss") && !has("model"))
        text += "loss: softmax_cross_entropy\n";
    return text;
}

/// The options `--set PATH=VALUE` in a page's prose, as a shell reads them.
std::vector<std::string> changes_in(const Page& page) {
    std::vector<std::string> options;
    const std::regex pattern{"`(--set '?[a-z][^`]+=[^`]+)`"};
    for (const std::string& line : page.prose)
        for (std::sregex_iterator match{line.begin(), line.end(), pattern}, end; match != end; ++match)
            options.push_back((*match)[1]);
    return options;
}

std::string without_comments(const std::string& text) {
    std::istringstream lines{text};
    std::string rest;
    for (std::string line; std::getline(lines, line);)
        rest += line.starts_with('#') ? "" : line + "\n";
    return rest;
}

void make_table(const fs::path& file, const std::string& head, const std::string& row) {
    std::string text = head.empty() ? "" : head + "\n";
    for (int i = 0; i < 12; ++i)
        text += std::to_string(i) + row + "\n";
    write_text(file, text);
}

void make_hdf5(const fs::path& path) {
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const auto add = [&](const char* name, const std::vector<hsize_t>& sizes, hid_t type) {
        const std::array<int, 12> values{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2};
        const hid_t space = H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr);
        const hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Dwrite(set, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
        H5Dclose(set);
        H5Sclose(space);
    };
    add("images", {3, 2, 2, 1}, H5T_STD_U8LE);
    add("labels", {3}, H5T_STD_I32LE);
    H5Fclose(file);
}

/// The data files that docs/data-sets.md speaks of.
void make_data(const fs::path& folder) {
    for (const char* name : {"daisy", "tulip"})
        fs::create_directories(folder / "flowers" / name);
    for (const char* name : {"daisy/001.jpg", "daisy/002.jpg"})
        fs::copy_file(source_dir() / "tests/fuzz/corpus/jpeg/colours.jpg", folder / "flowers" / name);
    fs::copy_file(source_dir() / "docs/images/seven.png", folder / "flowers/tulip/001.png");
    make_table(folder / "iris.csv", "length,width,species", ",2.5,setosa");
    make_table(folder / "houses.csv", "rooms,area,price", ",80.5,200000");
    make_table(folder / "points.csv", "", ";0.5;1");
    make_table(folder / "walks.csv", "who,x,y,kind", ",1,2,up");
    std::string lines;
    for (int i = 0; i < 12; ++i)
        lines += "In the beginning\n";
    write_text(folder / "genesis.txt", lines);
    make_hdf5(folder / "train.h5");
}

}  // namespace

TEST_CASE("yaml: each block can be run, whole or completed") {
    const Scratch scratch;
    make_data(scratch.path() / "graphs");
    std::size_t seen = 0;
    for (const Page& page : pages()) {
        for (const Block& block : page.blocks) {
            if (block.language != "yaml" || !block.quoted.empty())
                continue;
            ++seen;
            const std::string text = completed(block);
            write_text(scratch.path() / "graphs/block.yaml", text);
            const Outcome outcome = run_runner({"check", "graphs/block.yaml"}, {scratch.path()});
            CHECK_MESSAGE(outcome.code == 0, block.place, ": ", outcome.err, "in:\n", text);
        }
    }
    CHECK(seen >= 5);
}

TEST_CASE("yaml: each --set in a page's prose fits one of its blocks") {
    const Scratch scratch;
    std::size_t seen = 0;
    for (const Page& page : pages()) {
        for (const std::string& option : changes_in(page)) {
            ++seen;
            const bool fits = std::ranges::any_of(page.blocks, [&](const Block& block) {
                write_text(scratch.path() / "block.yaml", block.language == "yaml" ? completed(block) : "");
                return scratch.shell("build/release/bin/runner check block.yaml " + option).code == 0;
            });
            CHECK_MESSAGE(fits, page.path.string(), ": ", option);
        }
    }
    CHECK(seen >= 5);
}

TEST_CASE("yaml: a block that is said to be a file has its text, comments apart") {
    std::size_t seen = 0;
    for (const Page& page : pages()) {
        for (const Block& block : page.blocks) {
            std::smatch match;
            if (block.language != "yaml" || !std::regex_search(block.lead, match, std::regex{"`([^`]+\\.yaml)`:$"}))
                continue;
            ++seen;
            const std::string file = match[1];
            CHECK_MESSAGE(without_comments(block.text()) == without_comments(read_text(source_dir() / file)),
                          block.place, ": ", file, " has another text");
        }
    }
    CHECK(seen >= 1);
}
