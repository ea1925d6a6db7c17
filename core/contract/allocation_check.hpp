// That a step calls no allocator.
#pragma once
#include "core/contract/example.hpp"

namespace plexus {

/// After a first step, the stages of further ones allocate nothing: not by `new`, malloc or their kin. Turns the calls
/// of this process's allocator to functions that count; see AllocationWatch.
Findings check_allocation(const Example& example);

}  // namespace plexus
