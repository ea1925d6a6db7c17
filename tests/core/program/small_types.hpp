// Types with the attributes of the shipped ones and no arithmetic: programs are read and wired without any.
#pragma once
#include <string>
#include <vector>

#include "core/plugin/type_table.hpp"
#include "core/program/program.hpp"

namespace plexus::test {

/// A registry with conv2d, dense, flatten, relu, add, split; softmax_cross_entropy, accuracy; sgd, swa; cosine,
/// constant; zeros, uniform; idx, synthetic; the model `mlp`.
const Types& small_types();

/// The tensors of `synthetic`: image and label.
std::vector<SampleTensor> image_and_label();

/// What a program's text is refused with; "" if it is not. The text's origin is a.yaml.
std::string refusal(const std::string& text, const std::vector<Override>& overrides = {});

/// A whole program around these nodes and these further lines.
std::string with_network(const std::string& nodes, const std::string& rest = "");

}  // namespace plexus::test
