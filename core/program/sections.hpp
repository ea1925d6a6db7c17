// The sections of a program, declared as types declare their attributes: checks, help and JSON Schema come from here.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plexus/schema.hpp"

namespace plexus {

class Types;

struct Section {
    std::string path;  ///< "" for the program itself, "train", "train.best"
    Schema schema;
};

[[nodiscard]] PLEXUS_API std::span<const Section> program_sections();
/// nullptr if there is none of that path.
[[nodiscard]] const Schema* find_section(std::string_view path);

/// Throws InputError for what is no map, and for an unknown key: with the nearest one of the section or of another, or
/// with the section or the typed value to which it belongs.
void check_keys(std::string_view path, const Value& written, const Types& types);

/// The keys, and then every value against the section's declaration.
[[nodiscard]] Attributes check_section(std::string_view path, const Value& written, const Types& types);

/// The JSON Schema of a graph file that uses these types, for editors.
[[nodiscard]] PLEXUS_API std::string graph_file_schema(const Types& types);

}  // namespace plexus
