// The sections of a program's tree, read into their structs.
#pragma once
#include <span>
#include <vector>

#include "core/program/program.hpp"

namespace plexus {

/// Each returns what was read and writes the section, with every default, into `effective`.
[[nodiscard]] DataText read_data(const Value& written, const Types& types, Value& effective);
[[nodiscard]] TrainText read_train(const Value& written, const Types& types, Value& effective);
[[nodiscard]] JudgeText read_loss(const Value& written, const Types& types, Value& effective);
[[nodiscard]] std::vector<JudgeText> read_metrics(const Value& written, const Types& types, Value& effective);
[[nodiscard]] NetworkText read_network(const Value& written, const Types& types, Value& effective);

/// The same for the network inside of a node: a list of nodes, or one. `references`, names of its nodes that stand
/// beside it, become full names.
[[nodiscard]] NetworkText read_inner_network(const Value& written, std::span<Value* const> references,
                                             const Types& types, Value& effective);
/// The names in an attribute of the form `references`.
[[nodiscard]] std::vector<Value*> references_in(Value& attribute);

}  // namespace plexus
