#include "merging.hpp"
#include "sum_work.hpp"

namespace plexus::merging {
namespace {

/// The sum of two or more tensors of the same shape, from the first to the last.
///   x0, x1, ...  [N, ...]  float32 or bfloat16, of which each sum of two is rounded
///   y            like x0
/// Each input's gradient is dy. Works in place of x0; the first gradient that is wanted takes the place of dy. Reads
/// nothing in its backward pass.
/// Refused while planning: inputs of different shapes.
struct Add final : Layer {
    explicit Add(const Attributes&) {}

    void infer(InferContext& c) const override { infer_alike(c); }

    [[nodiscard]] Traits traits() const override { return {.bfloat16 = Bfloat16::alike}; }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override {
        return std::make_unique<SumWork>(c, 1.0F);
    }
};

}  // namespace

void add_add(Registry& registry) {
    registry.layer<Add>("add", "The sum of its inputs")
        .inputs(2, Schema::unlimited)
        .formula("y = x0 + x1 + ...")
        .shapes("x0, x1, ...  [N, ...]\ny            [N, ...]");
}

}  // namespace plexus::merging
