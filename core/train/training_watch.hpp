// What a program wants a person to be told of.
#pragma once
#include <string>

#include "core/train/tally.hpp"

namespace plexus {

/// One of the section `warnings`.
class TrainingWatch {
public:
    explicit TrainingWatch(const WarningText& warning) : warning_{warning} {}

    /// Takes in what a step left in the arena. Returns what to tell, if anything, once in a row.
    [[nodiscard]] std::string after_step(Executor& executor, const Plan& plan, const Session& session);

private:
    WarningText warning_;
    Tally tally_;
    std::int64_t steps_ = 0;
    bool told_ = false;
};

}  // namespace plexus
