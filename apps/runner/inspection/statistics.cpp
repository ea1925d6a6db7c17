#include "apps/runner/inspection/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace runner {
namespace {

template <class T>
std::vector<double> copied(const plexus::ConstTensor& tensor) {
    std::vector<double> values;
    for (const T value : tensor.as<T>())
        if constexpr (std::is_same_v<T, plexus::bfloat16>)
            values.push_back(static_cast<float>(value));
        else
            values.push_back(value);
    return values;
}

}  // namespace

std::vector<double> as_doubles(const plexus::ConstTensor& tensor) {
    switch (tensor.type.element) {
        case plexus::Element::float32:
            return copied<float>(tensor);
        case plexus::Element::float64:
            return copied<double>(tensor);
        case plexus::Element::int32:
            return copied<std::int32_t>(tensor);
        case plexus::Element::uint8:
            return copied<std::uint8_t>(tensor);
        case plexus::Element::bfloat16:
            return copied<plexus::bfloat16>(tensor);
    }
    return {};
}

Statistics statistics(const std::vector<double>& values) {
    Statistics result;
    result.elements = values.size();
    double sum = 0, squares = 0;
    result.minimum = std::numeric_limits<double>::infinity();
    result.maximum = -result.minimum;
    for (const double value : values) {
        result.zeros += value == 0 ? 1 : 0;
        result.nans += std::isnan(value) ? 1 : 0;
        result.infinities += std::isinf(value) ? 1 : 0;
        if (!std::isfinite(value))
            continue;
        ++result.finite;
        sum += value;
        squares += value * value;
        result.minimum = std::min(result.minimum, value);
        result.maximum = std::max(result.maximum, value);
    }
    if (result.finite == 0) {
        result.minimum = result.maximum = 0;
        return result;
    }
    const auto count = static_cast<double>(result.finite);
    result.mean = sum / count;
    result.norm = std::sqrt(squares);
    // A second pass: the difference of two large sums would leave nothing of a small deviation.
    double deviations = 0;
    for (const double value : values)
        if (std::isfinite(value))
            deviations += (value - result.mean) * (value - result.mean);
    result.deviation = std::sqrt(deviations / count);
    return result;
}

Histogram histogram(const std::vector<double>& values, const Statistics& statistics) {
    Histogram result;
    result.minimum = statistics.minimum;
    result.width = (statistics.maximum - statistics.minimum) / static_cast<double>(Histogram::parts);
    for (const double value : values) {
        if (!std::isfinite(value))
            continue;
        const double place = result.width > 0 ? (value - result.minimum) / result.width : 0;
        ++result.counts[std::min(static_cast<std::size_t>(place), Histogram::parts - 1)];
    }
    return result;
}

}  // namespace runner
