// A shipped format as a user gets it, and files to read with it.
#pragma once
#include <filesystem>
#include <string>

#include "plexus/error.hpp"
#include "plexus/format.hpp"

namespace plexus::test {

const Format& format(const std::string& name);

/// Writes a file into the test's own folder and returns its name.
std::string file_of(const std::string& name, const std::string& bytes);
std::string content_of(const std::string& file);
std::string gzip(const std::string& bytes);

/// What format `name` throws for a file, "" if nothing.
std::string refusal_of(const std::string& name, const std::string& file);

}  // namespace plexus::test
