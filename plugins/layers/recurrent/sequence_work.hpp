// The stages of a recurrent layer: the loop over time, and the products around it and inside.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "cell.hpp"
#include "kernels/convolution.hpp"
#include "plexus/work.hpp"
#include "state_dropout.hpp"

namespace plexus::recurrent {

/// Per shard of n samples: the sums over x are one product of n T rows, those over the state T products of n rows.
/// Backward, the loop gives the slopes of all sums; all other gradients are products of these. What is handed from
/// forward to backward lies sample after sample: gates [N, T, G U] and, before each step, the states [N, T, U]. Outside
/// of training the gates are scratch.
class SequenceWork final : public Work {
public:
    struct Options {
        std::size_t units;
        bool bias;
        bool sequences;               ///< output 0 has all steps
        std::size_t returned_states;  ///< further outputs
        bool backwards;
        double dropout;            ///< of the state, in products
        std::size_t given_states;  ///< inputs after x
        bool stateful;             ///< the states are carried from step to step
        bool lengths;              ///< the last input
    };
    /// `cell` is the layer's, and outlives this.
    SequenceWork(PlanContext& c, const Cell& cell, const Options& options);

    void run(const StageContext& c) const override;

private:
    /// A product with a parameter that is packed whenever it was written. Without a product nobody wants it.
    struct Packed {
        std::unique_ptr<kernels::Product> product;
        std::size_t parameter = 0;
        std::size_t derived = 0;
        std::size_t stage = 0;  ///< that packs it
    };
    /// Where arrays of floats begin in the scratch of a stage, in bytes, for the largest shard.
    struct ForwardPlaces {
        std::size_t gates, states, sums, kept, mask, dropped, product, bytes;
    };
    struct BackwardPlaces {
        std::size_t dgates, dstates, dsums, back, last, x, dkernel, mask, dropped, product, bytes;
    };
    struct ForwardLoop;
    struct BackwardLoop;

    void plan_pack(PlanContext& c, Packed& packed, const std::string& name);
    void plan_forward(PlanContext& c);
    void plan_backward(PlanContext& c);
    [[nodiscard]] ForwardPlaces forward_places(const PlanContext& c) const;
    [[nodiscard]] BackwardPlaces backward_places(const PlanContext& c) const;

    [[nodiscard]] std::size_t step_at(std::size_t place) const noexcept {
        return options_.backwards ? steps_ - 1 - place : place;
    }
    /// Empty without them.
    [[nodiscard]] std::span<const std::int32_t> lengths(const StageContext& c) const;
    void multiply(const StageContext& c, const Packed& by, std::size_t rows, const float* from, const float* bias,
                  float* to, std::size_t scratch) const;

    void run_forward(const StageContext& c) const;
    void forward_step(const ForwardLoop& loop, std::size_t place) const;
    void begin_states(const StageContext& c, const ForwardLoop& loop) const;
    void end_states(const StageContext& c, const ForwardLoop& loop) const;

    void run_backward(const StageContext& c) const;
    void backward_step(const BackwardLoop& loop, std::size_t place) const;
    void begin_slopes(const StageContext& c, const BackwardLoop& loop) const;
    void run_weights(const StageContext& c, const BackwardLoop& loop) const;
    void run_recurrent_weights(const StageContext& c, const BackwardLoop& loop) const;
    [[nodiscard]] const float* counting_rows(const StageContext& c, const BackwardLoop& loop) const;

    const Cell& cell_;
    Options options_;
    StateDropout dropout_;
    std::size_t steps_;
    std::size_t features_;
    std::size_t columns_;  ///< G U
    bool wants_weights_;
    Packed input_;      ///< x to sums
    Packed recurrent_;  ///< state to sums
    Packed data_;       ///< slopes of sums to dx
    Packed back_;       ///< slopes of sums to those of the state before
    std::unique_ptr<kernels::WeightGradient> kernel_gradient_;
    std::unique_ptr<kernels::WeightGradient> recurrent_gradient_;
    std::size_t forward_stage_ = 0;
    ForwardPlaces forward_{};
    BackwardPlaces backward_{};
};

}  // namespace plexus::recurrent
