// What a layer, loss or metric does in a step, held to the contract: one function per promise.
#pragma once
#include "core/contract/example.hpp"

namespace plexus {

/// Shapes of outputs, parameters and states depend on the samples alone, in every mode and for every batch.
Findings check_shapes(const Example& example);

/// Running again changes nothing, in each mode; ordinary numbers give finite ones.
Findings check_repeats(const Example& example);

/// The domain in which all that it makes is finite; normal where none is.
Domain domain_of(const Example& example);

/// The same bits with 1, 2 and 5 threads, and in any order of tasks.
Findings check_threads(const Example& example);

/// The same numbers, up to rounding, however the batch is cut, and for a sample alone.
Findings check_slices(const Example& example);

}  // namespace plexus
