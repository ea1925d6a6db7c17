// What differs between two checkpoints.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "plexus/checkpoint.hpp"

namespace runner {

/// A tensor that is in both files.
struct TensorDifference {
    std::string path;
    std::string types;       ///< "float32 [10] and float32 [12]"; empty where they agree
    std::size_t values = 0;  ///< how many differ, in any bit; 0 where the types do
    std::size_t elements = 0;
    double largest_change = 0;   ///< of the finite ones, |a - b|
    double relative_change = 0;  ///< norm of the difference by the norm of the first
};

struct AttributeDifference {
    std::string name, first, second;  ///< empty where a file has none
};

struct Comparison {
    std::vector<std::string> only_first, only_second;
    std::vector<TensorDifference> changed;
    std::vector<AttributeDifference> attributes;
    std::size_t same = 0;  ///< tensors that agree bit for bit
    bool graphs_differ = false, classes_differ = false, histories_differ = false;

    [[nodiscard]] bool equal() const;
};

/// Of everything, or only of the tensors at and below `path`.
[[nodiscard]] Comparison compare(const plexus::Checkpoint& first, const plexus::Checkpoint& second,
                                 const std::string& path);

/// `path` is `prefix`, or below it. Everything is below "" and "/".
[[nodiscard]] bool is_below(const std::string& path, const std::string& prefix);

}  // namespace runner
