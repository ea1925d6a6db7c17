// The sections of a program's tree, read into their structs.
#pragma once
#include <span>
#include <vector>

#include "core/program/program.hpp"

namespace plexus {

/// Each returns what was read and writes the section, with every default, into `effective`.
[[nodiscard]] DataText read_data(const Value& written, const Types& types, Value& effective);
[[nodiscard]] TrainText read_train(const Value& written, const Types& types, Value& effective);
/// One loss, or a list of them.
[[nodiscard]] std::vector<JudgeText> read_losses(const Value& written, const Types& types, Value& effective);
[[nodiscard]] std::vector<JudgeText> read_metrics(const Value& written, const Types& types, Value& effective);
/// Throws InputError where another loss, or another metric, has the name, or where it is 'loss'.
void refuse_same_name(const std::vector<JudgeText>& others, const JudgeText& own, const char* what);
[[nodiscard]] NetworkText read_network(const std::string& name, const Value& written, const Types& types,
                                       Value& effective);
/// The nodes of a phase, in which the names of `networks` are types, too.
[[nodiscard]] std::vector<NodeText> read_calls(const Value& written, std::span<const NetworkText> networks,
                                               const Types& types, Value& effective);

/// The same for the network inside of a node: a list of nodes, or one. `references`, names of its nodes that stand
/// beside it, become full names.
[[nodiscard]] NetworkText read_inner_network(const Value& written, std::span<Value* const> references,
                                             const Types& types, Value& effective);
/// The names in an attribute of the form `references`.
[[nodiscard]] std::vector<Value*> references_in(Value& attribute);

}  // namespace plexus
