// The phases of a program, in the long form and in the short one.
#pragma once
#include <vector>

#include "core/program/program.hpp"

namespace plexus {

/// `networks: {name: [nodes], ...}`
[[nodiscard]] std::vector<NetworkText> read_networks(const Value& written, const Types& types, Value& effective);
/// `phases: [name: {...}, ...]`
[[nodiscard]] std::vector<PhaseText> read_phases(const Value& written, const std::vector<NetworkText>& networks,
                                                 const Types& types, Value& effective);
/// The only phase of a program of one network, which calls that and updates it.
[[nodiscard]] PhaseText phase_of_one(const NetworkText& network, std::vector<JudgeText> losses,
                                     std::vector<JudgeText> metrics);
/// Throws InputError for a phase that updates something and has no optimizer, its own or that of `train`; for an
/// optimizer that no phase uses; for a `train.epoch_of` that names no phase.
void refuse_untrainable(const Program& program);

}  // namespace plexus
