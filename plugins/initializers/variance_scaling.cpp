#include <algorithm>
#include <cmath>
#include <utility>

#include "draws.hpp"
#include "initializers.hpp"

namespace plexus::initializers {
namespace {

/// What the variance is divided by: the inputs of one output, or the mean of that and of the outputs of one input.
enum class Fan { in, average };
enum class Distribution { uniform, normal };

/// {inputs of one output, outputs of one input}, as Keras counts them: a kernel's last two sizes are inputs and
/// outputs, what comes before is the window.
std::pair<double, double> fans(const Shape& shape) {
    if (shape.rank() == 0)
        return {1, 1};
    if (shape.rank() == 1)
        return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
    double window = 1;
    for (std::size_t axis = 0; axis + 2 < shape.rank(); ++axis)
        window *= static_cast<double>(shape[axis]);
    return {window * static_cast<double>(shape[shape.rank() - 2]), window * static_cast<double>(shape.back())};
}

/// Random numbers of mean 0 whose variance is scale / max(1, fan).
/// A normal distribution is cut at two deviations and widened by 1 / 0.87962566, so that the variance is what is left.
/// Source: keras.initializers.VarianceScaling. Glorot and Bengio 2010 (scale 1, average); He et al. 2015, arXiv
/// 1502.01852 (scale 2, in); LeCun et al. 1998 (scale 1, in).
template <int Scale, Fan Divisor, Distribution Kind>
struct VarianceScaling final : Initializer {
    explicit VarianceScaling(const Attributes&) {}

    void fill(std::span<float> values, const Shape& shape, RandomKey key) const override {
        const auto [in, out] = fans(shape);
        const double fan = Divisor == Fan::in ? in : (in + out) / 2;
        const double variance = Scale / std::max(1.0, fan);
        if constexpr (Kind == Distribution::uniform)
            draw_uniform(values, -std::sqrt(3 * variance), std::sqrt(3 * variance), key);
        else
            draw_truncated_normal(values, 0, std::sqrt(variance) / 0.87962566103423978, key);
    }
};

}  // namespace

void add_variance_scaling(Registry& registry) {
    using enum Distribution;
    registry.initializer<VarianceScaling<1, Fan::average, uniform>>("glorot_uniform", "Keeps variances on both passes")
        .formula("U(-a, a), a = sqrt(6 / (fan_in + fan_out))");
    registry.initializer<VarianceScaling<1, Fan::average, normal>>("glorot_normal", "Keeps variances on both passes")
        .formula("normal cut at two deviations, variance 2 / (fan_in + fan_out)");
    registry.initializer<VarianceScaling<2, Fan::in, uniform>>("he_uniform", "Keeps variances through relu")
        .formula("U(-a, a), a = sqrt(6 / fan_in)");
    registry.initializer<VarianceScaling<2, Fan::in, normal>>("he_normal", "Keeps variances through relu")
        .formula("normal cut at two deviations, variance 2 / fan_in");
    registry.initializer<VarianceScaling<1, Fan::in, uniform>>("lecun_uniform", "Keeps variances on the forward pass")
        .formula("U(-a, a), a = sqrt(3 / fan_in)");
    registry.initializer<VarianceScaling<1, Fan::in, normal>>("lecun_normal", "Keeps variances on the forward pass")
        .formula("normal cut at two deviations, variance 1 / fan_in");
}

}  // namespace plexus::initializers
