// An initializer: the first values of a parameter.
#include <plexus/plugin.hpp>

#include <cmath>

namespace {

/// Random numbers, most of them near 0 and a few far out: +z or -z with equal chances, z exponentially distributed with
/// mean `scale`. Their standard deviation is sqrt(2) scale.
/// Value i follows from the key and i alone, whatever the parameter's size.
struct DoubleExponential final : plexus::Initializer {
    explicit DoubleExponential(const plexus::Attributes& a) : scale{a.get<double>("scale")} {}

    void fill(std::span<float> values, const plexus::Shape&, plexus::RandomKey key) const override {
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto words = plexus::philox(key, {.block = static_cast<std::uint32_t>(i)});
            // uniform() is below 1, so the logarithm is one of a number above 0.
            const double z = -scale * std::log1p(-static_cast<double>(plexus::uniform(words[0])));
            values[i] = static_cast<float>((words[1] & 1) != 0 ? z : -z);
        }
    }

    double scale;
};

}  // namespace

PLEXUS_PLUGIN("double_exponential", "1.0.0", registry) {
    registry.initializer<DoubleExponential>("double_exponential", "Most numbers near 0, a few far out")
        .attribute("scale", 0.05, "mean of their sizes")
        .range(1e-6, 100)
        .formula("+z or -z, z from an exponential distribution of mean scale");
}
