// A checkpoint, or the difference of two, as text and as JSON.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "apps/runner/inspection/comparison.hpp"
#include "plexus/checkpoint.hpp"

namespace runner {

/// Attributes, every tensor with its statistics as a tree, the history, and what else there is.
[[nodiscard]] std::string overview(const std::string& file, const plexus::Checkpoint& checkpoint);
/// The tensors at and below a path; one alone, or a few, with histograms.
[[nodiscard]] std::string closer_look(const plexus::Checkpoint& checkpoint, const std::string& path);
/// A row for each epoch, a column for each metric of each split.
[[nodiscard]] std::string history_table(const plexus::Checkpoint& checkpoint);
[[nodiscard]] std::string comparison_text(const Comparison& comparison, const std::string& first,
                                          const std::string& second);

/// Everything, or the tensors at and below `path`.
[[nodiscard]] nlohmann::ordered_json overview_json(const std::string& file, const plexus::Checkpoint& checkpoint,
                                                   const std::string& path);
[[nodiscard]] nlohmann::ordered_json comparison_json(const Comparison& comparison);

}  // namespace runner
