// The stages of layers that add up their inputs.
#pragma once
#include <cstddef>

#include "plexus/plugin.hpp"

namespace plexus::merging {

/// y = factor (x0 + x1 + ...), from the first to the last; each input's gradient is factor dy. Works in place of x0;
/// the first gradient that is wanted takes the place of dy. Backward, no input is read.
class SumWork final : public Work {
public:
    SumWork(PlanContext& c, float factor);

    void run(const StageContext& c) const override;

private:
    void forward(const StageContext& c) const;
    void backward(const StageContext& c) const;

    std::size_t inputs_;
    float factor_;
    std::size_t forward_ = 0;
};

}  // namespace plexus::merging
