// The repository's own files, as the tests of its laws read them.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace plexus::test {

struct SourceFile {
    std::filesystem::path path;  ///< relative to the repository
    std::vector<std::string> lines;
};

/// All C++ files below a folder of the repository, in alphabetical order.
std::vector<SourceFile> sources_below(const std::filesystem::path& folder);
std::vector<std::string> lines_of(const std::filesystem::path& file);

}  // namespace plexus::test
