#include "merging.hpp"
#include "sum_work.hpp"

namespace plexus::merging {
namespace {

/// The mean of two or more tensors of the same shape, place by place.
///   x0, x1, ...  [N, ...]  float32 or bfloat16, of which each sum of two and the mean is rounded
///   y            like x0
/// Each input's gradient is dy / the number of inputs. In place as `add` is.
/// Refused while planning: inputs of different shapes.
struct Average final : Layer {
    explicit Average(const Attributes&) {}

    void infer(InferContext& c) const override { infer_alike(c); }

    [[nodiscard]] Traits traits() const override { return {.bfloat16 = Bfloat16::alike}; }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override {
        return std::make_unique<SumWork>(c, 1.0F / static_cast<float>(c.inputs()));
    }
};

}  // namespace

void add_average(Registry& registry) {
    registry.layer<Average>("average", "The mean of its inputs")
        .inputs(2, Schema::unlimited)
        .formula("y = (x0 + x1 + ...) / number of inputs")
        .shapes("x0, x1, ...  [N, ...]\ny            [N, ...]");
}

}  // namespace plexus::merging
