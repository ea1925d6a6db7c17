#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "draws.hpp"
#include "initializers.hpp"

namespace plexus::initializers {
namespace {

/// What the variance is divided by: the inputs of one output, the outputs of one input, or the mean of both.
enum class Fan { in, out, average };
enum class Distribution { uniform, truncated_normal, untruncated_normal };

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
/// A truncated normal distribution is cut at two deviations and widened by 1 / 0.87962566, so that the variance is what
/// is left. Source: keras.initializers.VarianceScaling.
struct VarianceScaling : Initializer {
    VarianceScaling(double scale, Fan fan, Distribution distribution)
        : scale_{scale}, fan_{fan}, distribution_{distribution} {}
    explicit VarianceScaling(const Attributes& a)
        : VarianceScaling{a.get<double>("scale"), fan_of(a.get<std::string>("mode")),
                          distribution_of(a.get<std::string>("distribution"))} {}

    void fill(std::span<float> values, const Shape& shape, RandomKey key) const override {
        const double variance = scale_ / std::max(1.0, chosen(fans(shape)));
        const double deviation = std::sqrt(variance);
        switch (distribution_) {
            case Distribution::uniform:
                return draw_uniform(values, -std::sqrt(3 * variance), std::sqrt(3 * variance), key);
            case Distribution::truncated_normal:
                return draw_truncated_normal(values, 0, deviation / 0.87962566103423978, key);
            case Distribution::untruncated_normal:
                return draw_normal(values, 0, deviation, key);
        }
    }

private:
    static Fan fan_of(const std::string& mode) {
        return mode == "fan_in" ? Fan::in : mode == "fan_out" ? Fan::out : Fan::average;
    }
    static Distribution distribution_of(const std::string& name) {
        return name == "uniform"            ? Distribution::uniform
               : name == "truncated_normal" ? Distribution::truncated_normal
                                            : Distribution::untruncated_normal;
    }
    double chosen(std::pair<double, double> fans) const {
        const auto [in, out] = fans;
        return fan_ == Fan::in ? in : fan_ == Fan::out ? out : (in + out) / 2;
    }

    double scale_;
    Fan fan_;
    Distribution distribution_;
};

/// One that has a name of its own. Glorot and Bengio 2010 (scale 1, average); He et al. 2015, arXiv 1502.01852
/// (scale 2, in); LeCun et al. 1998 (scale 1, in).
template <int Scale, Fan Divisor, Distribution Kind>
struct Named final : VarianceScaling {
    explicit Named(const Attributes&) : VarianceScaling{Scale, Divisor, Kind} {}
};

}  // namespace

void add_variance_scaling(Registry& registry) {
    using enum Distribution;
    registry.initializer<Named<1, Fan::average, uniform>>("glorot_uniform", "Keeps variances on both passes")
        .formula("U(-a, a), a = sqrt(6 / (fan_in + fan_out))");
    registry.initializer<Named<1, Fan::average, truncated_normal>>("glorot_normal", "Keeps variances on both passes")
        .formula("normal cut at two deviations, variance 2 / (fan_in + fan_out)");
    registry.initializer<Named<2, Fan::in, uniform>>("he_uniform", "Keeps variances through relu")
        .formula("U(-a, a), a = sqrt(6 / fan_in)");
    registry.initializer<Named<2, Fan::in, truncated_normal>>("he_normal", "Keeps variances through relu")
        .formula("normal cut at two deviations, variance 2 / fan_in");
    registry.initializer<Named<1, Fan::in, uniform>>("lecun_uniform", "Keeps variances on the forward pass")
        .formula("U(-a, a), a = sqrt(3 / fan_in)");
    registry.initializer<Named<1, Fan::in, truncated_normal>>("lecun_normal", "Keeps variances on the forward pass")
        .formula("normal cut at two deviations, variance 1 / fan_in");
    registry.initializer<VarianceScaling>("variance_scaling", "Keeps variances by a rule of one's own")
        .attribute("scale", 1.0, "what the variance is multiplied by; 1/3 with fan_in and uniform is PyTorch's default")
        .above(0)
        .attribute("mode", "fan_in", "what the variance is divided by; fan_avg: the mean of both")
        .choices({"fan_in", "fan_out", "fan_avg"})
        .attribute("distribution", "truncated_normal", "truncated_normal: cut at two deviations")
        .choices({"truncated_normal", "untruncated_normal", "uniform"})
        .formula("mean 0, variance scale / fan");
}

}  // namespace plexus::initializers
