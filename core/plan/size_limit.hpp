// Tensors that no memory could hold are refused where they are declared, before anything is made for them.
#pragma once
#include <cstddef>
#include <string>

#include "core/plan/signature.hpp"

namespace plexus {

/// Bytes of memory in this machine.
[[nodiscard]] std::size_t machine_memory();
/// "3.5 GiB"
[[nodiscard]] std::string in_gibibytes(double bytes);
/// Throws InputError at the node if one of its outputs, parameters, states or saved tensors alone is larger than the
/// machine's memory.
void refuse_too_large(const NodeSignature& node);

}  // namespace plexus
