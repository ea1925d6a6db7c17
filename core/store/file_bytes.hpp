// Reads a whole file into memory, whatever it is, with a message for all that it may be instead.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace plexus::store {

/// Takes no lock and holds nothing afterwards: a file on a read-only mount will do, and one that is being replaced is
/// read as it was or as it becomes. Throws InputError for what is missing, a folder, no file, not readable, or larger
/// than `most` bytes; RunError if the machine fails.
[[nodiscard]] std::vector<std::byte> read_file(const std::filesystem::path& path, std::uint64_t most);

}  // namespace plexus::store
