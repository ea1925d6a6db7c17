// The attribute `warmup` that all schedules have: a straight climb to the first value.
#pragma once
#include <optional>

#include "plexus/plugin.hpp"

namespace plexus::schedules {

/// During the first `warmup` steps, step s (from 0) has (s + 1) / warmup of the first value: the last of them has all
/// of it, and no step has a rate of 0.
class Warmup {
public:
    explicit Warmup(const Attributes& a);

    /// What the first value is multiplied by; 1 once the warm-up is over.
    [[nodiscard]] double factor(const Progress& progress) const;
    /// How much of what is left after the warm-up is done, 0 .. 1; 0 during it.
    [[nodiscard]] double share_done(const Progress& progress) const;

    static void add_to(Schema& schema);

private:
    std::optional<Duration> duration_;
};

}  // namespace plexus::schedules
