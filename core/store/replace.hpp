// Replaces a file all or nothing: written beside, synced, renamed, folder synced.
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>

#include "core/store/system_calls.hpp"
#include "plexus/export.hpp"

namespace plexus::store {

/// After this returns, the file holds the bytes, even if the power goes. A process killed at any instant, or a call
/// that fails, leaves the old file as it was (or, once renamed, the new one whole). Throws RunError with path and
/// reason, and then has removed its temporary, `.<name>.tmp-<pid>` in the same folder. A symbolic link at `path` is
/// replaced, not followed. One process saves to one path from one thread at a time.
PLEXUS_API void replace_file(const std::filesystem::path& path, std::span<const std::byte> bytes, SystemCalls& calls);

/// Removes what saves to this path by dead processes, and by earlier ones with our id, have left. Call it before the
/// first save. Never throws: what cannot be removed stays.
PLEXUS_API void remove_leftovers(const std::filesystem::path& path) noexcept;

}  // namespace plexus::store
