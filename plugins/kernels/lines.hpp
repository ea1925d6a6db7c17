// Which elements of a window meet the image: along one dimension, results that are sums over the same ones.
#pragma once
#include <cstdint>
#include <vector>

#include "kernels/convolution.hpp"

namespace plexus::kernels {

/// Along one dimension: results that are sums over the same elements of the window. Elements that would meet the
/// border are left out, so an image needs no border.
struct Line {
    std::vector<std::int64_t> elements;
    std::vector<std::int64_t> places;  ///< of the element's factor, from that of the first
    std::vector<std::int64_t> results;
    std::vector<std::int64_t> origins;  ///< per result: the first element's factor
};

/// Forward, results are outputs and factors are inputs; backward, the other way round. Every result is in one line.
[[nodiscard]] std::vector<Line> lines_of(const Window& w, Pass pass);

}  // namespace plexus::kernels
