// The contract of a schedule: a number that changes while training goes on, most often a learning rate.
#pragma once
#include <cstdint>
#include <string_view>

#include "plexus/attributes.hpp"

namespace plexus {

/// How far a training run is, before the step that is about to start.
struct Progress {
    std::uint64_t step = 0;             ///< steps done since the run began
    std::uint64_t epoch = 0;            ///< epochs done
    std::uint64_t steps_per_epoch = 1;  ///< at least 1
    std::uint64_t total_steps = 1;      ///< of the whole run
};

/// A span of training with its unit: `{step: 800}`, `{epoch: 6}` or `{fraction: 0.75}` of the whole run.
class PLEXUS_API Duration {
public:
    /// What an amount counts.
    enum class Unit : std::uint8_t { step, epoch, fraction };

    /// Reads an attribute of the form `any`. Throws InputError for anything but one of the three units with a number
    /// that is not negative (a fraction: at most 1).
    static Duration from(const Attributes& attributes, std::string_view name);
    /// An amount that is not negative.
    Duration(Unit unit, double amount) : unit_(unit), amount_(amount) {}

    /// In steps, rounded to the nearest.
    [[nodiscard]] std::uint64_t steps(const Progress& progress) const;

private:
    Unit unit_;
    double amount_;
};

/// Constructed as T(const Attributes&) or T(const Attributes&, const Factory&). Constant.
class PLEXUS_API Schedule {
public:
    virtual ~Schedule();
    /// Of the step that is about to start. Pure: asked in any order, and again after a run was resumed.
    [[nodiscard]] virtual double value(const Progress& progress) const = 0;
};

}  // namespace plexus
