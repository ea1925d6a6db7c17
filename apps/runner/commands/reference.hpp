// The reference of all types as a folder of Markdown pages, docs/reference for those that ship.
#pragma once
#include <array>
#include <cstddef>
#include <filesystem>

#include "plexus/environment.hpp"

namespace runner {

/// In the order in which a person meets them.
inline constexpr std::array all_kinds{plexus::Kind::layer,     plexus::Kind::loss,     plexus::Kind::metric,
                                      plexus::Kind::optimizer, plexus::Kind::schedule, plexus::Kind::initializer,
                                      plexus::Kind::dataset,   plexus::Kind::format,   plexus::Kind::model};

/// Writes <folder>/README.md, which lists all types, and one page for each, <folder>/layers/conv2d.md. The pages hold
/// no path of this machine. Files of the same names are replaced, others stay. Returns how many types there are. Throws
/// plexus::RunError for a file that cannot be written.
std::size_t write_reference(const plexus::Environment& environment, const std::filesystem::path& folder);

}  // namespace runner
