// Reads the attributes of a group or dataset.
#pragma once
#include <hdf5.h>

#include <string>

#include "core/store/limits.hpp"
#include "core/store/tree.hpp"

namespace plexus::store {

/// In the order in which they were made, if the file knows it. Throws Refusal for an attribute that is not one number
/// or one text of fixed length.
[[nodiscard]] Ordered<Attribute> read_attributes(hid_t object, hsize_t count, const Limits& limits);

/// A text of a fixed-length HDF5 type, without its padding.
[[nodiscard]] std::string unpad(std::string padded, hid_t type);

}  // namespace plexus::store
