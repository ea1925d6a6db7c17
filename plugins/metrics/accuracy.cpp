#include "class_rows.hpp"
#include "metrics.hpp"

namespace plexus::metrics {
namespace {

/// The share of rows whose largest value is that of the right class. Inputs: see class_rows.hpp.
/// partial 0: {right rows, rows}
struct Accuracy final : Layer {
    explicit Accuracy(const Attributes&) {}

    void infer(InferContext& c) const override {
        infer_class_rows(c);
        c.partial("counts", 2);
    }

    void forward(const ForwardContext& c) const override {
        const ClassRows rows{c};
        std::size_t right = 0;
        for (std::size_t row = 0; row < rows.size(); ++row)
            right += rows.label(row) == rows.largest(row);
        c.partial(0)[0] = static_cast<double>(right);
        c.partial(0)[1] = static_cast<double>(rows.size());
    }

    void report(std::span<const double> merged, Report& report) const override {
        report.value("accuracy", merged[0] / merged[1]);
    }
};

}  // namespace

void add_accuracy(Registry& registry) {
    registry.metric<Accuracy>("accuracy", "Share of samples whose class is recognised")
        .formula("mean of [argmax x = label]")
        .shapes("x       [N, ..., K]\nlabels  [N, ...]  int32");
}

}  // namespace plexus::metrics
