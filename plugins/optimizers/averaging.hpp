// What optimizers share that average the weights which another one visits.
#pragma once
#include "wrapper.hpp"

namespace plexus::optimizers {

/// After a step that joins(), when the number of steps done is above `start`, the weights join the average:
///     average += (w - average) / divisor
/// Inference uses the average as soon as there is one, and until then what base says. The slot is the average; the
/// counters are how many weights have joined, and whether this step's do (1 or 0).
class Averaging : public Wrapper {
public:
    Averaging(const Attributes& a, const Factory& factory, Own own);

    [[nodiscard]] std::optional<std::size_t> inference_slot(std::span<const double> counters) const final;

    /// Declares `start`.
    static Schema& add_start(Schema& schema, Value::Map standard);

protected:
    /// In steps.
    [[nodiscard]] std::uint64_t start(const Progress& progress) const;

private:
    void count(const Progress& progress, std::span<double> own) const final;
    void follow(const UpdateContext& c) const final;
    /// Whether the weights after `done` steps join, if averaging has begun.
    [[nodiscard]] virtual bool joins(std::uint64_t done, const Progress& progress) const = 0;
    /// Of the weights that are the `joined`-th to join; 1 for the first.
    [[nodiscard]] virtual double divisor(double joined) const = 0;

    Duration start_;
};

}  // namespace plexus::optimizers
