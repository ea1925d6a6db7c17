// The plan of one step of a scan, for so many rows, and what has to be kept of a step until its backward pass.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/plan/plan.hpp"
#include "core/scan/step_network.hpp"

namespace plexus {

struct StepPlan {
    /// Bytes at an offset into one of the step's memories.
    struct Range {
        std::uint8_t base = 0;
        std::size_t offset = 0;
        std::size_t bytes = 0;
    };
    Plan plan;  ///< each parameter is a memory of its own: see base_of_parameter()
    /// Operations, in the order in which they run: what packs parameters, once for all steps; then of each step.
    /// @{
    std::vector<std::uint32_t> derivations;
    std::vector<std::uint32_t> forward;
    std::vector<std::uint32_t> backward;
    /// @}
    std::vector<Range> kept;  ///< what the backward pass reads of the forward pass, states before the step included
    std::size_t kept_bytes = 0;
    bool backward_reads_x = false;
};

struct StepRequest {
    const Model* model = nullptr;
    const StepNetwork* step = nullptr;
    Mode mode = Mode::inference;
    Precision precision = Precision::float32;
    std::int64_t rows = 1;
    std::size_t workers = 1;
    bool wants_gradient = false;  ///< for states or parameters
    bool wants_x_gradient = false;
};

/// Parameters are as the scan declares them, each a tensor by itself.
[[nodiscard]] constexpr std::size_t base_of_parameter(std::size_t parameter) noexcept {
    return static_cast<std::size_t>(Base::first_slot) + parameter;
}
inline constexpr std::size_t most_parameters = 240;

/// Throws what planning throws.
[[nodiscard]] StepPlan make_step_plan(const StepRequest& request);

/// The step's network for inputs of such a type, one row. What it points to must outlive it.
[[nodiscard]] std::unique_ptr<const Model> make_step_model(const StepNetwork& step, const TensorType& x,
                                                           std::int64_t batch, const Types& types,
                                                           const Factory& factory);

}  // namespace plexus
