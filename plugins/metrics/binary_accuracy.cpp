#include <algorithm>

#include "kernels/elementwise.hpp"
#include "kernels/target.hpp"
#include "metrics.hpp"

namespace plexus::metrics {
namespace {

using kernels::Floats;

/// The share of values that lie on the right side: above the threshold where the target is above 0.5, and at it or
/// below where it is not. A NaN is on neither. The default threshold is for logits; of probabilities it is 0.5. Inputs:
/// see kernels::Target. partial 0: {right values, values}
class BinaryAccuracy final : public Layer {
public:
    explicit BinaryAccuracy(const Attributes& a) : target_{a}, threshold_{a.get<float>("threshold")} {}

    void infer(InferContext& c) const override {
        target_.infer(c);
        for (std::size_t i = 0; i < c.inputs(); ++i)
            c.no_gradient(i);
        c.partial("counts", 2);
    }

    void forward(const ForwardContext& c) const override {
        const auto x = c.input(0).as();
        const float threshold = threshold_;
        double* const counts = c.partial(0).data();
        target_.visit(c, [=](float constant, const auto*... targets) {
            kernels::dispatch([=]() __attribute__((always_inline)) {
                const auto right = [=](const Floats& v, const auto&... t) __attribute__((always_inline)) {
                    const Floats above = v > threshold ? kernels::broadcast(1.0F) : Floats{};
                    const Floats below = v <= threshold ? kernels::broadcast(1.0F) : Floats{};
                    return kernels::to_doubles(kernels::Target::lanes_of(constant, t...) > 0.5F ? above : below);
                };
                counts[0] = kernels::sum_over(right, x.size(), x.data(), targets...);
            });
        });
        counts[1] = static_cast<double>(x.size());
    }

    void report(std::span<const double> merged, Report& report) const override {
        report.value("binary_accuracy", merged[0] / std::max(merged[1], 1.0));
    }

private:
    kernels::Target target_;
    float threshold_;
};

}  // namespace

void add_binary_accuracy(Registry& registry) {
    Schema& schema =
        registry.metric<BinaryAccuracy>("binary_accuracy", "Share of values that are on the right side of a threshold");
    kernels::Target::add_to(schema)
        .attribute("threshold", 0.0, "above it a value means yes; 0 for logits, 0.5 for probabilities")
        .formula("mean of [(x > threshold) = (target > 0.5)]")
        .shapes("x       [N, ...]\ntarget  [N, ...]  as many; float32, int32 or uint8");
}

}  // namespace plexus::metrics
