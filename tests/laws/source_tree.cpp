#include "tests/laws/source_tree.hpp"

#include <algorithm>
#include <fstream>

#include "tests/support/paths.hpp"

namespace plexus::test {

std::vector<std::string> lines_of(const std::filesystem::path& file) {
    std::ifstream stream{file};
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

std::vector<SourceFile> sources_below(const std::filesystem::path& folder) {
    std::vector<SourceFile> files;
    if (!std::filesystem::exists(source_dir() / folder))
        return files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{source_dir() / folder}) {
        const auto ending = entry.path().extension();
        if (ending == ".cpp" || ending == ".hpp")
            files.push_back({std::filesystem::relative(entry.path(), source_dir()), lines_of(entry.path())});
    }
    std::ranges::sort(files, {}, &SourceFile::path);
    return files;
}

}  // namespace plexus::test
