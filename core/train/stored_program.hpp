// A program's text as a run keeps it: paths relative to the run's folder.
#pragma once
#include <filesystem>
#include <string>

#include "core/train/session.hpp"

namespace plexus {

/// The effective program, with the relative paths of its data changed so that they start at `folder`.
[[nodiscard]] Value text_for_folder(const Session& session, const std::filesystem::path& folder);
/// Plain YAML, unchecked: for comparing two texts that were checked before.
[[nodiscard]] Value read_program_text(const std::string& text, const std::string& origin);

}  // namespace plexus
