// The stages of a scan.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/execute/nested_work.hpp"
#include "core/scan/loop.hpp"

namespace plexus {

/// Parameters are packed in a stage over the batch; then each shard takes its steps, forward and backward, in a stage
/// of its own. Of each step, a shard keeps in the saved tensor what the backward pass reads.
class ScanWork final : public Work, public NestedWork {
public:
    /// `step` is the layer's, and outlives this. `saved_bytes` are there for each row and step.
    ScanWork(PlanContext& c, const StepNetwork& step, std::unique_ptr<const Model> model, std::size_t saved_bytes);

    void run(const StageContext& c) const override;
    [[nodiscard]] std::string first_non_finite(const StageContext& c) const override;

private:
    void plan_shards(PlanContext& c);
    void plan_forward(PlanContext& c);
    void plan_backward(PlanContext& c);
    [[nodiscard]] Stage stage_of(const PlanContext& c, const char* name) const;
    [[nodiscard]] Stage loop_stage(const PlanContext& c, const char* name) const;
    void run(Loop& loop, const StageContext& c) const;
    [[nodiscard]] const ShardPlan& shard_of(const StageContext& c) const;

    std::unique_ptr<const Model> model_;
    ScanPlan scan_;
    std::vector<ShardPlan> shards_;  ///< per size
    std::size_t forward_stage_ = 0;
    std::size_t saved_bytes_ = 0;  ///< of a row at a step
};

/// Whether the last of so many inputs, of that type, is lengths.
[[nodiscard]] inline bool is_lengths(std::size_t inputs, Element last) noexcept {
    return inputs > 1 && last == Element::int32;
}

}  // namespace plexus
