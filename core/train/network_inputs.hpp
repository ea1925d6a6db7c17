// What a network that makes something is fed with.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/execute/executor.hpp"
#include "core/train/session.hpp"

namespace plexus {

struct InputDraw {
    std::size_t count = 64;
    std::uint32_t seed = 1;
    std::optional<std::int32_t> label = {};  ///< for all; without it they run through the classes
};

/// One tensor [count, ...] per input of the network. What the program's first call of it computes out of noise and
/// class numbers alone is computed likewise, from `seed`; what it takes from another network is standard normal, as the
/// decoder of a variational autoencoder expects it. Throws InputError for a network that reads the data themselves, and
/// where classes are read that the program does not name.
[[nodiscard]] std::vector<Array> draw_inputs(const Session& session, const std::string& network, const InputDraw& draw,
                                             Executor& executor);
/// Whether class numbers are among what the network reads.
[[nodiscard]] bool reads_class(const Session& session, const std::string& network);

}  // namespace plexus
