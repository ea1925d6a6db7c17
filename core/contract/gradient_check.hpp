// That backward() is the derivative of forward().
#pragma once
#include "core/contract/example.hpp"

namespace plexus {

/// How many directions were compared, and how many were left out because the slopes to both sides disagree: a kink.
struct GradientTally {
    std::size_t compared = 0;
    std::size_t kinks = 0;
};

/// The analytic gradient of every input and parameter that has one against central differences of the float kernel,
/// along directions in all elements and along directions in every 14th, at two step sizes, extrapolated. Numbers and
/// directions follow from the seed.
Findings check_gradients(const Example& example, GradientTally& tally, std::uint32_t seed = 1);

}  // namespace plexus
