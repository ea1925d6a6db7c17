// One pass over a list of samples that changes no parameter: evaluation, or estimation of states.
#pragma once
#include <atomic>
#include <optional>
#include <span>

#include "core/train/feed.hpp"
#include "core/train/plans.hpp"
#include "core/train/tally.hpp"

namespace plexus {

struct PassInput {
    Plans& plans;
    Feed& feed;
    std::span<const std::uint32_t> samples;
    const Session& session;
    std::byte* parameters = nullptr;
    std::byte* states = nullptr;  ///< written by an estimation
    std::uint64_t version = 0;    ///< of the parameters
    std::uint32_t seed = 0;
};

/// Nothing if `stop` became true before the end.
[[nodiscard]] std::optional<Tally> run_pass(Executor& executor, const PassInput& input, const std::atomic<bool>& stop);

/// Loads a feed's next batch with all workers, beside nothing.
void load_alone(Executor& executor, Feed& feed);

}  // namespace plexus
