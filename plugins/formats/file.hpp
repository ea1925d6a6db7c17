// Whole files in and out of memory, and the messages about them.
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace plexus::formats {

/// What is wrong with a file, as an error that begins with its name.
template <class... Parts>
[[nodiscard]] InputError damaged(const std::string& file, const Parts&... parts) {
    return InputError(text(file, ": ", parts...));
}

/// Larger files are refused before anything is allocated.
inline constexpr std::size_t largest_file = std::size_t{8} << 30;

/// All bytes of a regular file. Throws InputError naming the file: missing, a folder, a device or pipe, not readable,
/// or larger than largest_file.
[[nodiscard]] std::vector<std::byte> read_file(const std::filesystem::path& file);

/// Creates or replaces a file. What was half written is removed. Throws InputError where the place is at fault (no such
/// folder, no permission), RunError where the machine is (a full disk).
void write_file(const std::filesystem::path& file, std::span<const std::byte> bytes);

}  // namespace plexus::formats
