// A data set: random access to samples.
#include <plexus/plugin.hpp>

#include <array>
#include <cmath>
#include <numbers>

namespace {

/// Points on two arms that wind around each other, which no straight line tells apart.
///   input  [2] float32, a point of the plane; without noise, at most 1 from the middle
///   label  int32, the arm: 0 or 1 in turn
/// Sample i follows from seed and i alone, so read() may be called in any order and by several threads.
struct TwoSpirals final : plexus::Dataset {
    explicit TwoSpirals(const plexus::Attributes& a)
        : samples{a.get<std::size_t>("samples")},
          turns{a.get<double>("turns")},
          noise{a.get<double>("noise")},
          key{static_cast<std::uint32_t>(a.get<std::int64_t>("seed")), plexus::path_hash("two_spirals")} {}

    [[nodiscard]] std::size_t size() const override { return samples; }
    [[nodiscard]] std::span<const plexus::SampleTensor> tensors() const override { return types; }
    [[nodiscard]] std::vector<std::string> classes() const override { return {"first", "second"}; }

    void read(std::size_t index, std::span<const plexus::Tensor> sample) const override {
        const std::size_t arm = index % 2;
        const auto words = plexus::philox(key, {.execution = index});
        // The root spreads the points evenly along the arm, which is longer outside.
        const double radius = std::sqrt(static_cast<double>(plexus::uniform(words[0])));
        const double angle = std::numbers::pi * (2 * turns * radius + static_cast<double>(arm));
        const auto blur = plexus::normal(words[1], words[2]);
        const auto point = sample[0].as();
        point[0] = static_cast<float>(radius * std::cos(angle) + noise * blur[0]);
        point[1] = static_cast<float>(radius * std::sin(angle) + noise * blur[1]);
        sample[1].as<std::int32_t>()[0] = static_cast<std::int32_t>(arm);
    }

    std::size_t samples;
    double turns;
    double noise;
    plexus::RandomKey key;
    std::array<plexus::SampleTensor, 2> types{
        {{"input", {{2}, plexus::Element::float32}}, {"label", {{}, plexus::Element::int32}}}};
};

}  // namespace

PLEXUS_PLUGIN("two_spirals", "1.0.0", registry) {
    registry.dataset<TwoSpirals>("two_spirals", "points of the plane on two arms that wind around each other")
        .attribute("samples", 1000, "how many points there are")
        .range(1, 0x7fffffff)
        .attribute("turns", 1.0, "how often an arm goes around the middle")
        .range(0, 100)
        .attribute("noise", 0.02, "standard deviation of a point from its arm")
        .range(0, 10)
        .attribute("seed", 1, "of the random numbers")
        .range(0, 0xffffffffU)
        .formula("input = r (cos a, sin a) + noise, a = pi (2 turns r + label)")
        .shapes("input  [2]; float32\nlabel  one int32");
}
