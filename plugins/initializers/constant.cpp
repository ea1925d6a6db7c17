#include <algorithm>

#include "initializers.hpp"

namespace plexus::initializers {
namespace {

/// The same value everywhere.
struct Constant final : Initializer {
    explicit Constant(const Attributes& a) : value_{a.get<float>("value")} {}
    void fill(std::span<float> values, const Shape&, RandomKey) const override { std::ranges::fill(values, value_); }
    float value_;
};

struct Zeros final : Initializer {
    explicit Zeros(const Attributes&) {}
    void fill(std::span<float> values, const Shape&, RandomKey) const override { std::ranges::fill(values, 0.0F); }
};

struct Ones final : Initializer {
    explicit Ones(const Attributes&) {}
    void fill(std::span<float> values, const Shape&, RandomKey) const override { std::ranges::fill(values, 1.0F); }
};

}  // namespace

void add_constant(Registry& registry) {
    registry.initializer<Constant>("constant", "The same value everywhere")
        .attribute("value", 0.0, "the value")
        .formula("value");
    registry.initializer<Zeros>("zeros", "0 everywhere").formula("0");
    registry.initializer<Ones>("ones", "1 everywhere").formula("1");
}

}  // namespace plexus::initializers
