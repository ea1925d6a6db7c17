#include <algorithm>

#include "kernels/elementwise.hpp"
#include "metrics.hpp"

namespace plexus::metrics {
namespace {

/// The mean of all values of all samples: of a critic's output, of a term of a loss. Neither large nor small is better;
/// for `train.best` it counts as if large were.
/// partial 0: {sum, values}
struct Mean final : Layer {
    explicit Mean(const Attributes&) {}

    void infer(InferContext& c) const override {
        c.no_gradient(0);
        c.partial("sum", 2);
    }

    void forward(const ForwardContext& c) const override {
        const auto x = c.input(0).as();
        c.partial(0)[0] = kernels::sum_in_double(x.data(), x.size());
        c.partial(0)[1] = static_cast<double>(x.size());
    }

    void report(std::span<const double> merged, Report& report) const override {
        report.value("mean", merged[0] / std::max(merged[1], 1.0));
    }
};

}  // namespace

void add_mean(Registry& registry) {
    registry.metric<Mean>("mean", "Of a value that is looked at, as a critic's output or a term of a loss")
        .inputs(1, 1)
        .formula("mean of x")
        .shapes("x  [N, ...]");
}

}  // namespace plexus::metrics
