// That a stage leaves the process as it found it.
#pragma once
#include "core/contract/example.hpp"

namespace plexus {

/// Planning and stages start no threads and no processes, and leave rounding and the treatment of denormal numbers as
/// they were. Done in a child process which may start none, or with `fork` false in this one, where only the
/// floating-point mode is looked at.
Findings check_conduct(const Example& example, bool fork = true);

}  // namespace plexus
