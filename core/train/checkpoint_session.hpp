// The program of a checkpoint brought to life without its data, for answers.
#pragma once
#include <filesystem>

#include "core/train/session.hpp"

namespace plexus {

/// With what turns the network's output into probabilities as one more node, where its loss says how. Throws
/// InputError.
[[nodiscard]] Session open_checkpoint(const Environment& environment, const std::filesystem::path& checkpoint,
                                      const store::Group& root);
/// The same for samples of another form, as of fewer steps.
[[nodiscard]] Session open_checkpoint(const Environment& environment, const std::filesystem::path& checkpoint,
                                      const store::Group& root, std::vector<SampleTensor> tensors);

}  // namespace plexus
