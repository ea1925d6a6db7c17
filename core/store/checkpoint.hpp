// Saves a tree as a checkpoint file, and loads one with suspicion.
#pragma once
#include <cstdint>
#include <filesystem>

#include "core/store/decode.hpp"
#include "core/store/limits.hpp"
#include "core/store/system_calls.hpp"
#include "core/store/tree.hpp"
#include "plexus/export.hpp"

namespace plexus::store {

/// The number of this layout, in the root attribute `plexus_format`. It grows when a reader of today would misread a
/// file of tomorrow.
inline constexpr std::int64_t format_number = 1;

/// Replaces the file, all or nothing; `plexus_format` is written before all other attributes. Throws RunError.
PLEXUS_API void save(const std::filesystem::path& path, const Group& root);
/// The same, through the given system calls.
PLEXUS_API void save(const std::filesystem::path& path, const Group& root, SystemCalls& calls);

/// Reads a checkpoint. A child process walks it first, with limits. Throws InputError, with file, path inside the file
/// and what to do, for what is not a whole and sound checkpoint of a known format; RunError if the machine fails.
[[nodiscard]] PLEXUS_API Loaded load(const std::filesystem::path& path, const Limits& limits = {});

}  // namespace plexus::store
