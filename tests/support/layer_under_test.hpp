// A use of a type that ships, set up and run by hand.
#pragma once
#include "core/contract/trial.hpp"

namespace plexus::test {

/// A Trial of the plugins that ship.
class LayerUnderTest : public Trial {
public:
    LayerUnderTest(const std::string& type, const std::string& attributes, std::vector<TensorType> inputs);
    LayerUnderTest(Kind kind, const std::string& type, const std::string& attributes, std::vector<TensorType> inputs,
                   Options options);
};

/// Message of the InputError that planning this layer throws ("" if none).
std::string refusal(Kind kind, const std::string& type, const std::string& attributes, std::vector<TensorType> inputs);

/// Worst directional error of the analytic gradients of all inputs and parameters against extrapolated central
/// differences of sum(output * output_gradient), relative.
double gradient_error(LayerUnderTest& layer, std::uint32_t seed = 1);

}  // namespace plexus::test
