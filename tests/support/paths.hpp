// Where a test finds the tree's files and what was built from them.
#pragma once
#include <filesystem>

namespace plexus::test {

std::filesystem::path source_dir();  ///< the repository
std::filesystem::path build_dir();   ///< build/<preset>
std::filesystem::path plugin_dir();  ///< the shipped plugins, in the build folder
std::filesystem::path runner();      ///< the program

}  // namespace plexus::test
