// Reads YAML into values with positions, and writes values as YAML.
#pragma once
#include <filesystem>
#include <string>

#include "plexus/value.hpp"

namespace plexus {

/// One document of plain YAML: scalars, lists and maps. `origin` stands for the file in positions. Refused, with the
/// position: syntax errors, a key that stands twice in a map, keys that are no scalars, anchors, aliases, tags, a
/// second document, bytes that are no UTF-8, control characters, and more than 16 MiB of text, a million values or 100
/// levels.
[[nodiscard]] PLEXUS_API Value read_yaml(const std::string& text, const std::string& origin);

/// The whole file. Throws InputError for one that is missing, a folder, unreadable or larger than 16 MiB.
[[nodiscard]] PLEXUS_API std::string read_text_file(const std::filesystem::path& file);

}  // namespace plexus
