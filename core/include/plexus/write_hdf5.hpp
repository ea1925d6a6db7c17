// Writes numbers and texts into a new HDF5 file that h5py, h5dump and Hdf5File read.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "plexus/export.hpp"
#include "plexus/tensor.hpp"

namespace plexus {

/// One dataset to be written: of the numbers, or, where these are absent, of the texts (fixed length, UTF-8).
struct Hdf5Item {
    std::string path;                     ///< "/output"; groups are made
    ConstTensor numbers = {};             ///< borrowed until write_hdf5() returns
    std::vector<std::string> texts = {};  ///< one dimension
};

/// Replaces the file, all or nothing. Equal items make equal files. Throws RunError where the file cannot be written.
PLEXUS_API void write_hdf5(const std::filesystem::path& file, std::span<const Hdf5Item> items);

}  // namespace plexus
