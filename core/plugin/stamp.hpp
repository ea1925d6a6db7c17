// Judges a plugin by the bytes of its file, before it is opened: opening already runs its static constructors.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "plexus/export.hpp"
#include "plexus/stamp.hpp"

namespace plexus {

/// What this build of Plexus asks of a plugin. Name and version are empty.
[[nodiscard]] PLEXUS_API StampFields host_stamp() noexcept;

/// Why a plugin does not fit the host, and which of the two to rebuild; "" if it fits.
[[nodiscard]] PLEXUS_API std::string judge(const StampFields& plugin, const StampFields& host);

/// What was found in a file: the stamp, or why there is none.
struct FoundStamp {
    std::optional<StampFields> fields;
    std::string reason;
};

/// Looks for the note that PLEXUS_PLUGIN leaves in an ELF file. Every offset and size is compared with the file before
/// it is used; a file that the loader would read past the end of is called truncated. Throws nothing for bad content.
[[nodiscard]] PLEXUS_API FoundStamp read_stamp(const std::filesystem::path& file);

}  // namespace plexus
