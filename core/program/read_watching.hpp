// What a person sees while a program trains: the sections `samples` and `warnings`.
#pragma once
#include <vector>

#include "core/program/program.hpp"

namespace plexus {

[[nodiscard]] SamplesText read_samples(const Value& written, const std::vector<NetworkText>& networks,
                                       const Types& types, Value& effective);
[[nodiscard]] std::vector<WarningText> read_warnings(const Value& written, const Types& types, Value& effective);

}  // namespace plexus
