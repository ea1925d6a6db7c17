// How a dataset is cut into chunks: whole rows of about a MiB, so that one checksum never covers too much.
#pragma once
#include <hdf5.h>

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace plexus::store {

using Extents = std::vector<hsize_t>;

/// The chunk for a dataset of these extents: all of it if it is small, else as many whole rows as fit a MiB (parts of a
/// row, if even that is larger). No extent may be 0.
[[nodiscard]] Extents tile_of(std::span<const hsize_t> extents, std::size_t element_bytes);

/// Calls `visit(start, count)` for each tile of a grid over `extents`, in row-major order; the last ones may be
/// smaller.
void for_each_tile(const Extents& extents, const Extents& tile,
                   const std::function<void(const Extents& start, const Extents& count)>& visit);

}  // namespace plexus::store
