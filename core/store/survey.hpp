// Walks all of a file and lists what is in it, following nothing that leads away, believing no number.
#pragma once
#include <hdf5.h>

#include <string>
#include <vector>

#include "core/store/examine.hpp"

namespace plexus::store {

/// A group, or a dataset that was examined.
struct Found {
    std::string path;  ///< from "/"
    haddr_t address = HADDR_UNDEF;
    bool is_group = false;
    hsize_t attributes = 0;
    Stored stored;        ///< of a dataset
    std::string refused;  ///< why it cannot be read; only in foreign files
};

/// In the order in which things were made, or of their names where the file does not know. Groups come before their
/// children. A checkpoint with anything that is not read is refused whole (InputError); of a foreign file, links and
/// unreadable datasets are listed with the reason. Hold a Library.
[[nodiscard]] std::vector<Found> survey(hid_t file, const std::string& name, Origin origin, const Limits& limits,
                                        Budget budget);

}  // namespace plexus::store
