// The bytes of an HDF5 file become a tree.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/store/limits.hpp"
#include "core/store/tree.hpp"
#include "plexus/export.hpp"

namespace plexus::store {

struct Loaded {
    Group root;
    std::vector<std::string>
        unchecked;  ///< paths of the datasets whose values no checksum covers: somebody replaced them
};

/// Throws InputError, with the name and the path inside the file, for all that is not as a checkpoint has to be.
/// HDF5 has known faults on hostile bytes: do this in a child process first (guard.hpp).
[[nodiscard]] PLEXUS_API Loaded decode(std::span<const std::byte> bytes, const std::string& name,
                                       const Limits& limits = {});

}  // namespace plexus::store
