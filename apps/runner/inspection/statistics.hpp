// What can be said about the numbers of a tensor without printing them all.
#pragma once
#include <array>
#include <cstddef>
#include <vector>

#include "plexus/tensor.hpp"

namespace runner {

/// Of the finite elements, but for the counts. Of none, all is 0.
struct Statistics {
    double mean = 0;
    double deviation = 0;  ///< standard, of the population
    double minimum = 0, maximum = 0;
    double norm = 0;  ///< root of the sum of squares
    std::size_t elements = 0, finite = 0, zeros = 0, nans = 0, infinities = 0;
};

/// Elements as double, whatever their type.
[[nodiscard]] std::vector<double> as_doubles(const plexus::ConstTensor& tensor);

[[nodiscard]] Statistics statistics(const std::vector<double>& values);

/// How many finite values are in each of equal parts of [minimum, maximum].
struct Histogram {
    static constexpr std::size_t parts = 20;
    double minimum = 0, width = 0;  ///< of one part
    std::array<std::size_t, parts> counts{};
};

[[nodiscard]] Histogram histogram(const std::vector<double>& values, const Statistics& statistics);

}  // namespace runner
