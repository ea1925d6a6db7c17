// What a loop does to a value that it just made, and to the gradient of what came of it: relu, leaky relu, or nothing.
#pragma once
#include <optional>
#include <variant>

#include "kernels/vector.hpp"
#include "plexus/description.hpp"

namespace plexus::kernels {

/// Leaves all as it is.
struct Straight {
    [[gnu::always_inline]] static Floats value(const Floats& v) { return v; }
    [[gnu::always_inline]] static Floats gradient(const Floats&, const Floats& g) { return g; }
};

/// max(0, v). A NaN stays a NaN; the gradient at 0 is 0.
struct Relu {
    [[gnu::always_inline]] static Floats value(const Floats& v) { return v < 0.0F ? Floats{} : v; }
    /// `v` may also be what value() made of it.
    [[gnu::always_inline]] static Floats gradient(const Floats& v, const Floats& g) { return v <= 0.0F ? Floats{} : g; }
};

/// Negative values times a slope that is not negative. A NaN stays a NaN; the gradient at 0 is the slope.
struct LeakyRelu {
    float slope;
    [[gnu::always_inline]] Floats value(const Floats& v) const { return v < 0.0F ? slope * v : v; }
    /// `v` may also be what value() made of it.
    [[gnu::always_inline]] Floats gradient(const Floats& v, const Floats& g) const { return v <= 0.0F ? slope * g : g; }
};

using Rectifier = std::variant<Straight, Relu, LeakyRelu>;

/// The one that a layer describes, if it is one.
[[nodiscard]] inline std::optional<Rectifier> rectifier_of(const Description& layer) {
    if (layer.op == "Relu")
        return Relu{};
    if (layer.op == "LeakyRelu")
        return LeakyRelu{static_cast<float>(layer.attribute("alpha"))};
    return std::nullopt;
}

}  // namespace plexus::kernels
