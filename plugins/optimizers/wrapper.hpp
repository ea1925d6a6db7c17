// What optimizers share that are written around another one, whichever, itself a wrapper perhaps.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "plexus/plugin.hpp"

namespace plexus::optimizers {

/// `base` moves the weights, and this one does something beside. Slots and counters are those of base, so that base
/// finds its own where it would alone, then the wrapper's. What is not overridden is as base has it.
class Wrapper : public Optimizer {
public:
    /// Names of slots and counters of the wrapper's own.
    struct Own {
        std::vector<std::string> slots;
        std::vector<std::string> counters;
    };

    Wrapper(const Attributes& a, const Factory& factory, Own own);

    void declare(OptimizerContext& c) const final;
    [[nodiscard]] double learning_rate(const Progress& progress) const override;
    void begin_step(const Progress& progress, std::span<double> counters) const final;
    void update(const UpdateContext& c) const final;
    [[nodiscard]] std::optional<std::size_t> inference_slot(std::span<const double> counters) const override;

    /// Declares `base`.
    static Schema& add_base(Schema& schema);

protected:
    /// Before each step: moves the own counters on. Default: there are none.
    virtual void count(const Progress& progress, std::span<double> own) const;
    /// Per tile, after base's update.
    virtual void follow(const UpdateContext& c) const = 0;

    /// The own ones; numbers are counted from 0.
    /// @{
    [[nodiscard]] std::span<const double> own(std::span<const double> counters) const;
    [[nodiscard]] double counter(const UpdateContext& c, std::size_t i) const { return c.counter(first_counter_ + i); }
    [[nodiscard]] std::size_t slot(std::size_t i) const { return first_slot_ + i; }  ///< as an UpdateContext counts
    /// @}

private:
    std::unique_ptr<Optimizer> base_;
    Own own_;
    // Where the own ones are depends on how many base has, which is known once it has declared them: the same numbers
    // at every call.
    mutable std::size_t first_slot_ = 0;
    mutable std::size_t first_counter_ = 0;
};

}  // namespace plexus::optimizers
