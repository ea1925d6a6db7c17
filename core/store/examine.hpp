// Judges one dataset before a byte of it is read: its type, its storage, and its size against the file's.
#pragma once
#include <hdf5.h>

#include <cstdint>

#include "core/store/limits.hpp"
#include "core/store/tiles.hpp"
#include "plexus/tensor.hpp"

namespace plexus::store {

/// Whose files these are: ours are never compressed and hold nothing that we do not read.
enum class Origin { checkpoint, foreign };

/// What may still be read; shrinks with every dataset, so that many small claims are as bounded as a large one.
struct Budget {
    std::uint64_t file_bytes = 0;
    std::uint64_t plain_bytes = 0;
    std::uint64_t unpacked_bytes = 0;
};

/// How a dataset lies in its file.
struct Stored {
    bool is_text = false;
    Element element = Element::float32;  ///< the nearest of ours; for numbers only
    std::size_t text_bytes = 0;          ///< length of one item, of texts only
    Extents extents;
    Extents tile;             ///< its chunk; something handy if it has none
    std::uint64_t bytes = 0;  ///< in the file, when unpacked
    bool checked = false;     ///< a checksum covers the values

    [[nodiscard]] TensorType type() const;  ///< of numbers
};

/// Throws Refusal for whatever would reach outside the file, need code that is not here, or claim more than the file
/// has.
[[nodiscard]] Stored examine(hid_t dataset, unsigned header_version, Origin origin, Budget& budget);

}  // namespace plexus::store
