// What a layer does, in neutral terms: for a neighbour that can do it too, and for whoever writes graphs in other
// formats.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plexus/export.hpp"

namespace plexus {

/// An operator and its attributes as ONNX spells them, numbers alone: {"LeakyRelu", {{"alpha", 0.01}}}. The core passes
/// it on unread. Parameters and states are those that the layer declares, in its order.
struct PLEXUS_API Description {
    std::string op = {};                                          ///< empty: the layer says nothing about itself
    std::vector<std::pair<std::string, double>> attributes = {};  ///< in any order

    /// The value of an attribute, or `otherwise` where it is not named.
    [[nodiscard]] double attribute(std::string_view name, double otherwise = 0) const noexcept;
};

/// A node whose work a neighbour does. It has one input and one output, of one type, and nothing saved.
struct Neighbour {
    /// Where it stands, in the direction of the forward pass.
    enum class Side : std::uint8_t { before, after };
    Description does;         ///< what it says about itself
    Side side = Side::after;  ///< seen from the node that does its work
    /// In the plan of the node that absorbed it: where its parameters and states begin. It has some only outside of
    /// training.
    std::size_t first_parameter = 0;
    std::size_t first_state = 0;  ///< likewise
};

}  // namespace plexus
