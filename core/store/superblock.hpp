// The first bytes of an HDF5 file, judged before HDF5 sees them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace plexus::store {

struct Superblock {
    std::uint64_t end = 0;   ///< how long the whole file says it is; 0 where the version is unknown
    bool left_open = false;  ///< a writer did not close the file
};

/// None if these are not the bytes of an HDF5 file.
[[nodiscard]] std::optional<Superblock> find_superblock(std::span<const std::byte> bytes);

}  // namespace plexus::store
