// The sections of a program's tree, read into their structs.
#pragma once
#include <vector>

#include "core/program/program.hpp"

namespace plexus {

/// Each returns what was read and writes the section, with every default, into `effective`.
[[nodiscard]] DataText read_data(const Value& written, const Types& types, Value& effective);
[[nodiscard]] TrainText read_train(const Value& written, const Types& types, Value& effective);
[[nodiscard]] JudgeText read_loss(const Value& written, const Types& types, Value& effective);
[[nodiscard]] std::vector<JudgeText> read_metrics(const Value& written, const Types& types, Value& effective);
[[nodiscard]] NetworkText read_network(const Value& written, const Types& types, Value& effective);

}  // namespace plexus
