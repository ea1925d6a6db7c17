// Reads numbers out of a dataset as one of our element types, or says which do not fit.
#pragma once
#include <hdf5.h>

#include "core/store/tiles.hpp"
#include "plexus/tensor.hpp"

namespace plexus::store {

/// Fills `out` with a block of the dataset. Both have as many elements. Throws Refusal if the checksum does not match,
/// if an integer or an infinite float does not fit, or if a fraction would have to become an integer. Floats are
/// rounded.
void read_block(hid_t dataset, const Extents& start, const Extents& count, Tensor out);
/// All of the dataset.
void read_all(hid_t dataset, Tensor out);

/// Why reading failed, in our words: what HDF5 complained about last.
[[nodiscard]] std::string reading_failure();

}  // namespace plexus::store
