// Data sets, file formats and model templates, held to their contracts.
#pragma once
#include <filesystem>

#include "core/contract/finding.hpp"
#include "plexus/environment.hpp"

namespace plexus {

/// What the format writes it reads back; what it cannot write it refuses; a file that is cut off or made of rubbish is
/// refused with its name, or read, and nothing worse. `folder` may be written to.
Findings check_format(const Schema& schema, const Environment& environment, const std::filesystem::path& folder);

/// Where the schema alone leads to data: samples are the same in whatever order they are read, and all is finite. A
/// data set that wants files refuses what is no file. Returns whether data was read.
Findings check_dataset(const Schema& schema, const Environment& environment, bool& read);

/// The template expands to a network that can be planned on some images, for training and for inference.
Findings check_model(const Schema& schema, const Environment& environment);

}  // namespace plexus
