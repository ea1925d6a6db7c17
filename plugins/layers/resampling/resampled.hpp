// Images whose rows and columns are made of those of another image, each of at most two.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "plexus/plugin.hpp"

namespace plexus::resampling {

/// What one row (or column) of the output is made of: (1 - share) of one row and `share` of another.
struct Tap {
    std::int64_t first = -1;  ///< -1: zeros
    std::int64_t second = -1;
    float share = 0;
};

/// x [N, H, W, C] -> y [N, P, Q, C]; y[p, q] is made of x's rows as taps(0, H)[p] says and of its columns as
/// taps(1, W)[q] says. backward() gives each place of x its shares of dy, in row-major order of y.
struct Resampled : Layer {
    void infer(InferContext& c) const final;
    [[nodiscard]] Traits traits() const final;
    void forward(const ForwardContext& c) const final;
    void backward(const BackwardContext& c) const final;
    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const final;

protected:
    /// Of the rows (side 0) or the columns (side 1) of an image with so many.
    [[nodiscard]] virtual std::vector<Tap> taps(std::size_t side, std::int64_t extent) const = 0;
    /// Throws c.error() for an image that is too small.
    virtual void check(const InferContext& c, std::int64_t rows, std::int64_t columns) const;
};

}  // namespace plexus::resampling
