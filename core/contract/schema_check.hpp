// What a type declares about itself, held to what the framework promises of it.
#pragma once
#include "core/contract/finding.hpp"
#include "core/plugin/types.hpp"

namespace plexus {

/// The type and each attribute have one line of help; defaults lie in their own ranges and are taken when written out;
/// values beyond a range, of another type or of no choice, and misspelt names are refused, with the name in the
/// message.
Findings check_schema(const Schema& schema, const Types& types);

}  // namespace plexus
