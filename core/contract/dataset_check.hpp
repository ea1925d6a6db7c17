// Data sets, held to their contract.
#pragma once
#include "core/contract/uses.hpp"

namespace plexus {

/// Some samples from the start, the middle and the end are read between guards: nothing but their tensors is written,
/// and all of these; numbers are finite, labels are among the classes; the same bits in whatever order, and on two
/// threads at once; size and tensors stay; what is held out leaves some, and streams are equally long. A sample that
/// cannot be read is a RunError, and no fault if another can.
UsesTried check_dataset(const Schema& schema, const Types& types, const UseSettings& settings);

}  // namespace plexus
