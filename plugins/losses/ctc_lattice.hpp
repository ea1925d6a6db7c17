// All ways in which the steps of one sample can spell its labels: the sums over them that CTC is made of.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace plexus::losses {

/// A place s of a way is one of 2 L + 1: a blank before, between and after the L labels. From one step to the next a
/// way stays, moves on by one, or by two, over a blank between two different labels. Logarithms are natural and of
/// double; -infinity is that of 0.
class CtcLattice {
public:
    /// One sample. Nothing is owned.
    struct Sample {
        const float* logits;  ///< [steps, classes]
        std::size_t steps;
        std::size_t classes;
        std::span<const std::int32_t> labels;  ///< none of them blank, all of them classes
        std::int32_t blank;
    };

    /// How many steps labels want: one each, and one for the blank between equal neighbours.
    [[nodiscard]] static std::size_t steps_for(std::span<const std::int32_t> labels);
    /// How many doubles a lattice works with.
    [[nodiscard]] static std::size_t size(std::size_t steps, std::size_t classes, std::size_t labels);

    /// `doubles` are as many as size() says for at least as many steps and labels.
    CtcLattice(const Sample& sample, double* doubles);

    /// Sums up what begins: alpha. The logarithm of the labels' probability. There must be steps for them.
    double forward();
    /// After forward() gave `log_probability`. Assigns, to dx [steps, classes], `scale` times the gradient of
    /// its negative by the logits: softmax minus the expected share of each class at each step.
    void gradient(double log_probability, double scale, float* dx);

private:
    [[nodiscard]] std::int32_t label(std::size_t place) const;
    [[nodiscard]] double emission(std::size_t step, std::size_t place) const;
    /// From the place two before.
    [[nodiscard]] bool may_skip_to(std::size_t place) const;
    void renew_beta(std::size_t step);

    Sample sample_;
    std::size_t places_;
    double* log_sums_;  ///< [steps] of the exponentials of a row
    double* alpha_;     ///< [steps, places] of all ways to here, this step included
    double* beta_;      ///< [places] of all ways from here, this step left out
    double* shares_;    ///< [classes] of the ways that are there
};

}  // namespace plexus::losses
