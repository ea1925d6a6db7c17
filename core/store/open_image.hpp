// Opens the bytes of an HDF5 file that lie in memory, without copying them.
#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "core/store/handle.hpp"

namespace plexus::store {

/// The bytes must stay where they are until the handle is closed. Hold a Library.
/// Throws InputError, with the name, for what is not HDF5, is cut short, was left open by a writer, or is damaged.
[[nodiscard]] Handle open_image(std::span<const std::byte> bytes, const std::string& name);

}  // namespace plexus::store
