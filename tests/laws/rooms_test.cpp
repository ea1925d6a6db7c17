// The table of rooms in docs/architecture.md, compared with the folders, every #include line, and the build.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "tests/laws/source_tree.hpp"
#include "tests/support/paths.hpp"

using namespace plexus::test;
namespace fs = std::filesystem;

namespace {

using Names = std::set<std::string>;

// "| `core/graph/` | ... | Boost.Graph |" -> {"core/graph", {"Boost.Graph"}}
std::map<std::string, Names> table() {
    std::map<std::string, Names> rows;
    for (const std::string& line : lines_of(source_dir() / "docs/architecture.md")) {
        if (!line.starts_with("| `"))
            continue;
        const std::string folder = line.substr(3, line.find("/`") - 3);
        const auto last = line.rfind('|', line.size() - 2);
        std::istringstream cell{line.substr(last + 1, line.size() - last - 2)};
        Names& names = rows[folder];
        for (std::string name; std::getline(cell, name, ',');) {
            name.erase(0, name.find_first_not_of(' '));
            name.erase(name.find_last_not_of(' ') + 1);
            if (!name.empty())
                names.insert(name);
        }
    }
    return rows;
}

// The library that a header in angle brackets belongs to; "" for the standard library and the system.
std::string library_of(const std::string& header) {
    constexpr std::pair<const char*, const char*> libraries[] = {
        {"boost/graph/", "Boost.Graph"},
        {"boost/crc", "Boost.CRC"},
        {"boost/math", "Boost.Math"},
        {"boost/dll/", "Boost.DLL"},
        {"boost/program_options", "Program_options"},
        {"boost/", "another part of Boost"},
        {"yaml-cpp/", "yaml-cpp"},
        {"oneapi/tbb", "oneTBB"},
        {"tbb/", "oneTBB"},
        {"hdf5", "HDF5"},
        {"H5", "HDF5"},
        {"Random123/", "Random123"},
        {"nlohmann/", "nlohmann-json"},
        {"fmt/", "fmt"},
        {"libdeflate.h", "libdeflate"},
        {"zlib.h", "zlib"},
        {"png.h", "libpng"},
        {"jpeglib.h", "libjpeg"},
        {"jerror.h", "libjpeg"},
        {"oneapi/dnnl", "oneDNN"},
        {"dnnl", "oneDNN"},
        {"omp.h", "OpenMP"},
        {"xxhash.h", "xxHash"},
        {"sys/", ""},
        {"linux/", ""},
    };
    for (const auto& [prefix, library] : libraries)
        if (header.starts_with(prefix))
            return library;
    return header.find('/') == std::string::npos ? "" : "an unknown library, " + header;
}

struct Include {
    std::string where;  // file:line
    std::string header;
    bool quoted;
};

std::vector<Include> includes_of(const SourceFile& file) {
    std::vector<Include> includes;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        const std::string& line = file.lines[i];
        if (!line.starts_with("#include "))
            continue;
        const auto end = line.find_first_of("\">", 10);
        includes.push_back(
            {file.path.string() + ":" + std::to_string(i + 1), line.substr(10, end - 10), line[9] == '"'});
    }
    return includes;
}

// The row that speaks of a file: the longest folder in the table that it lies in.
std::string row_of(const std::map<std::string, Names>& rows, const fs::path& file) {
    for (fs::path folder = file.parent_path(); !folder.empty(); folder = folder.parent_path())
        if (rows.contains(folder.string()))
            return folder.string();
    return "";
}

// Why a file of `row` may not include a header; "" if it may.
std::string refused(const std::string& row, const Names& allowed, const SourceFile& file, const Include& include) {
    const std::string& header = include.header;
    const bool is_public = header.starts_with("plexus/");
    if (!include.quoted && !is_public) {
        const std::string library = library_of(header);
        return library.empty() || allowed.contains(library) ? "" : "it is of " + library;
    }
    if (is_public)
        return "";
    if (row.starts_with("plugins")) {
        // Its own folder, and the kernels.
        const fs::path beside = source_dir() / file.path.parent_path() / header;
        return fs::exists(beside) || header.starts_with("kernels/") ? "" : "it is neither public nor beside the file";
    }
    if (header.starts_with("core/") && row.starts_with("core/") && row != "core/include/plexus") {
        const std::string room = header.substr(5, header.find('/', 5) - 5);
        return "core/" + room == row || room == "diagnostic" || allowed.contains(room) ? ""
                                                                                       : "that room is not its own";
    }
    return header.starts_with(row + "/") ? "" : "it is neither public nor its own";
}

}  // namespace

TEST_CASE("rooms: the table names the core's folders, no more and no fewer") {
    Names named;
    for (const auto& [folder, allowed] : table())
        if (folder.starts_with("core/") && folder != "core/include/plexus")
            named.insert(folder);
    Names there;
    for (const auto& entry : fs::directory_iterator{source_dir() / "core"})
        if (entry.is_directory() && entry.path().filename() != "include")
            there.insert("core/" + entry.path().filename().string());
    CHECK(named == there);
    for (const auto& [folder, allowed] : table())
        CHECK_MESSAGE(fs::is_directory(source_dir() / folder), folder);
}

TEST_CASE("rooms: every #include line is one that its folder's row allows") {
    const auto rows = table();
    REQUIRE(rows.size() > 10);
    std::size_t seen = 0;
    for (const char* top : {"core", "plugins", "apps"}) {
        for (const SourceFile& file : sources_below(top)) {
            const std::string row = row_of(rows, file.path);
            REQUIRE_MESSAGE(!row.empty(), file.path.string());
            for (const Include& include : includes_of(file)) {
                ++seen;
                const std::string reason = refused(row, rows.at(row), file, include);
                CHECK_MESSAGE(reason.empty(), include.where, ": ", include.header, " may not be included in ", row,
                              "/: ", reason);
            }
        }
    }
    CHECK(seen > 100);
}

TEST_CASE("rooms: no file of the core includes one of the plugins, and public headers include each other only") {
    for (const SourceFile& file : sources_below("core"))
        for (const Include& include : includes_of(file))
            CHECK_MESSAGE(!include.header.starts_with("plugins/"), include.where);
    for (const SourceFile& file : sources_below("core/include"))
        for (const Include& include : includes_of(file))
            CHECK_MESSAGE((include.header.starts_with("plexus/") || library_of(include.header).empty()), include.where);
}

TEST_CASE("rooms: MAY_INCLUDE says what the table says") {
    for (const auto& [folder, allowed] : table()) {
        if (!folder.starts_with("core/") || folder == "core/include/plexus")
            continue;
        const auto file = build_dir() / "rooms" / fs::path{folder}.filename();
        CAPTURE(folder);
        REQUIRE(fs::exists(file));
        std::istringstream written{lines_of(file).at(0)};
        Names built;
        for (std::string room; written >> room;)
            if (room != "diagnostic")
                built.insert(room);
        Names rooms;
        for (const std::string& name : allowed)
            if (fs::is_directory(source_dir() / "core" / name))
                rooms.insert(name);
        CHECK(built == rooms);
    }
}
