#include "core/store/tiles.hpp"

#include <algorithm>

namespace plexus::store {

Extents tile_of(std::span<const hsize_t> extents, std::size_t element_bytes) {
    constexpr hsize_t most = 1U << 20U;
    Extents tile(extents.size(), 1);
    hsize_t room = std::max<hsize_t>(1, most / element_bytes);
    for (std::size_t axis = extents.size(); axis-- > 0;) {
        tile[axis] = std::min(extents[axis], room);
        if (tile[axis] < extents[axis])
            break;
        room = std::max<hsize_t>(1, room / tile[axis]);
    }
    return tile;
}

void for_each_tile(const Extents& extents, const Extents& tile,
                   const std::function<void(const Extents& start, const Extents& count)>& visit) {
    if (std::find(extents.begin(), extents.end(), hsize_t{0}) != extents.end())
        return;
    Extents start(extents.size(), 0);
    Extents count(extents.size());
    while (true) {
        for (std::size_t axis = 0; axis < extents.size(); ++axis)
            count[axis] = std::min(tile[axis], extents[axis] - start[axis]);
        visit(start, count);
        std::size_t axis = extents.size();
        while (axis > 0 && extents[axis - 1] - start[axis - 1] <= tile[axis - 1])
            start[--axis] = 0;
        if (axis == 0)
            return;
        start[axis - 1] += tile[axis - 1];
    }
}

}  // namespace plexus::store
