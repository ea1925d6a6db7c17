// That a stage touches what it declared, and nothing else.
#pragma once
#include "core/contract/example.hpp"

namespace plexus {

/// Each stage runs with every operand and its scratch between guard pages, what it may only read write-protected, and
/// what it writes filled with rubbish before; once with the guards at the ends, once at the starts and with outputs in
/// the place of inputs where the stage allows that. Reported are bytes touched outside, elements of outputs and
/// gradients that are never assigned, and results that depend on the rubbish. A child process takes the blows, or with
/// `fork` false this one, for a debugger.
Findings check_memory(const Example& example, bool fork = true);

}  // namespace plexus
