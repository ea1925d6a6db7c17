// File formats and model templates, held to their contracts.
#pragma once
#include <filesystem>

#include "core/contract/uses.hpp"
#include "plexus/environment.hpp"

namespace plexus {

/// What the format writes it reads back; what it cannot write it refuses; a file that is cut off or made of rubbish is
/// refused with its name, or read, and nothing worse. Of what it is to write it reads its elements alone. `folder` may
/// be written to.
UsesTried check_format(const Schema& schema, const Environment& environment, const UseSettings& settings,
                       const std::filesystem::path& folder);

/// The template expands to a network that can be planned on some images, for training and for inference.
UsesTried check_model(const Schema& schema, const Environment& environment, const UseSettings& settings);

}  // namespace plexus
