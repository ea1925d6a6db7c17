// That a step calls no allocator.
#pragma once
#include "tests/contract/example.hpp"

namespace plexus::test {

/// After a first step, further ones allocate nothing.
Findings check_allocation(const Example& example);

}  // namespace plexus::test
