// A plugin of one's own to begin with: an example under another name.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "apps/runner/scaffold/templates.hpp"

namespace runner {

/// Of a kind, as `runner new` spells it. Throws plexus::InputError with the nearest kind.
[[nodiscard]] const Template& template_of(const std::string& kind);

/// Throws plexus::InputError, with a name that would do, where `name` cannot be that of a type, a file and a class.
void require_type_name(const std::string& name);

/// Writes the example's files into `folder`, which must not be there yet, with `name` in the place of the example's.
/// Returns their paths below it. Throws plexus::InputError.
std::vector<std::filesystem::path> write_plugin(const Template& from, const std::string& name,
                                                const std::filesystem::path& folder);

/// "my_layer" as a class is called: "MyLayer".
[[nodiscard]] std::string class_name(const std::string& name);

}  // namespace runner
