// Where a slice of a tensor lies: elements that follow one another.
#pragma once

#include <cstdint>
#include <vector>

#include "plexus/shape.hpp"

namespace plexus {

/// Elements that follow one another.
struct Run {
    std::int64_t first;
    std::int64_t count;
};

/// Those of `count` places of one dimension, from `first` on.
[[nodiscard]] inline std::vector<Run> runs_of(const Shape& shape, std::size_t dimension, std::int64_t first,
                                              std::int64_t count) {
    const std::int64_t inner = shape.from(dimension + 1).elements();
    const std::int64_t step = shape[dimension] * inner;
    std::vector<Run> runs;
    for (std::int64_t at = 0; at < shape.elements(); at += step)
        runs.push_back({at + first * inner, count * inner});
    return runs;
}

}  // namespace plexus
