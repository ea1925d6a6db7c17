// The half of `runner check` that is about plugins.
#pragma once
#include <filesystem>

#include "apps/runner/options/arguments.hpp"

namespace runner {

/// Judges the file, then holds every type that it registers to the contract. Returns the exit code.
int check_plugin(const Arguments& arguments, const std::filesystem::path& file);

}  // namespace runner
