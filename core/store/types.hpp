// Our element types in HDF5's words.
#pragma once
#include <hdf5.h>

#include "core/store/handle.hpp"
#include "plexus/tensor.hpp"

namespace plexus::store {

/// Little endian, as it lies in a file of ours.
[[nodiscard]] hid_t file_type(Element element);
/// As it lies in this machine's memory.
[[nodiscard]] hid_t memory_type(Element element);
/// Fixed-length UTF-8, padded with NULs.
[[nodiscard]] Handle text_type(std::size_t length);

}  // namespace plexus::store
