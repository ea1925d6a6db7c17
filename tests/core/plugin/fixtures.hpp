// Where the fixture plugins lie, and copies of them with other bytes.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "plexus/environment.hpp"
#include "plexus/stamp.hpp"

namespace plexus::test {

/// The plugin `name`, alone in its folder.
std::filesystem::path fixture(const std::string& name);
std::filesystem::path load_and_exit();

std::string bytes_of(const std::filesystem::path& file);
/// Writes `bytes` to <working folder>/<folder>/<name>, and returns that path.
std::filesystem::path written(const std::string& folder, const std::string& name, const std::string& bytes);
/// The bytes of a plugin with another stamp.
std::string with_stamp(std::string plugin, const std::function<void(StampFields&)>& change);

/// Message of the InputError that naming this file gives; "" if it loads.
std::string refusal(const std::filesystem::path& plugin);
/// The environment of a folder and nothing else.
Environment searching(const std::filesystem::path& folder, std::string rename_prefix = {});

}  // namespace plexus::test
