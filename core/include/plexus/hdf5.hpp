// Reads numbers out of an HDF5 file from anywhere, as if it had been made to harm us.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plexus/export.hpp"
#include "plexus/tensor.hpp"

namespace plexus {

/// A dataset of numbers in an HDF5 file. (Training data is a *data set*.)
struct Hdf5Dataset {
    std::string path;  ///< "/images"
    TensorType type;   ///< element: the nearest of ours; int32 for all integers but uint8, so that int64 labels can be
                       ///< asked for
};

/// An HDF5 file, opened for reading. Its bytes are kept in memory, so a change of the file on disk does not matter; a
/// child process has read all of it before this one does. Links, external and virtual storage are not followed; of the
/// filters, deflate (gzip), shuffle and fletcher32 are known; no HDF5 plugin is ever loaded. May be used by one thread
/// at a time.
class PLEXUS_API Hdf5File {
public:
    /// Throws InputError for what is missing, no HDF5 file, truncated, damaged, malformed, or too large.
    explicit Hdf5File(const std::filesystem::path& path);
    ~Hdf5File();
    Hdf5File(Hdf5File&& other) noexcept;
    Hdf5File& operator=(Hdf5File&& other) noexcept;

    /// All datasets that can be read, in the file's order.
    [[nodiscard]] std::span<const Hdf5Dataset> datasets() const noexcept;
    /// The type of one. Throws InputError if there is none, with what there is; or with the reason why it cannot be
    /// read.
    [[nodiscard]] const TensorType& type(std::string_view path) const;
    /// Reads the rows [first, first + out.shape()[0]) into `out`, whose other dimensions are the dataset's, converted
    /// to its element type. A scalar is read whole. Floats are rounded; an integer that does not fit, or a fraction
    /// that would become an integer, is an InputError. So are rows that are not there.
    void read(std::string_view path, std::int64_t first, Tensor out) const;
    /// All of a dataset.
    [[nodiscard]] Array read(std::string_view path, Element element) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace plexus
