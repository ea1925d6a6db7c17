// Model templates under other names: what they write speaks of types as their plugins call them.
#pragma once
#include <string>

#include "core/plugin/types.hpp"

namespace plexus {

/// Puts `prefix` before each type's name in a piece of program text that a template made. What is no registered name
/// with the prefix before it stays as it is.
void rename_types(Value& program, const Types& types, const std::string& prefix);

}  // namespace plexus
