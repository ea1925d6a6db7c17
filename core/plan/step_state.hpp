// What stands behind StepContext and UpdateContext while an operation runs.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/plan/plan.hpp"

namespace plexus {

struct StepState {
    const Plan* plan = nullptr;
    const NodePlan* node = nullptr;
    const Op* op = nullptr;
    std::byte* const* bases = nullptr;  ///< per Base, of this worker
    std::size_t worker = 0;
    std::uint32_t seed = 0;
    std::uint64_t execution = 0;
    double estimate_share = 1;

    [[nodiscard]] void* address(const Place& place) const noexcept {
        return place.base == 0 ? nullptr : bases[place.base] + place.offset;
    }
};

struct UpdateState {
    std::span<float> parameter;
    std::span<const float> gradient;
    std::byte* const* slots = nullptr;  ///< of the optimizer
    std::size_t offset = 0;             ///< of the tile, in bytes: the same in the parameters and in every slot
    std::span<const double> counters;
    double learning_rate = 0;
    double gradient_norm = 0;
};

/// What an optimizer declared, gathered by OptimizerContext.
struct OptimizerLayout {
    std::vector<std::string> slots;
    std::vector<std::string> counters;
    bool gradient_norm = false;
};

[[nodiscard]] OptimizerLayout layout_of(const Optimizer& optimizer);

}  // namespace plexus
