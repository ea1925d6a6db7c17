#include <algorithm>

#include "class_rows.hpp"
#include "metrics.hpp"

namespace plexus::metrics {
namespace {

/// The share of rows whose largest value is that of the right class, of those that count. Inputs: see class_rows.hpp.
/// partial 0: {right rows, rows}; 0 where no row counts
struct Accuracy final : Layer {
    explicit Accuracy(const Attributes& a) : ignored_{ignore_class(a)} {}

    void infer(InferContext& c) const override {
        infer_class_rows(c);
        c.partial("counts", 2);
    }

    void forward(const ForwardContext& c) const override {
        const ClassRows rows{c, ignored_};
        std::size_t right = 0;
        const std::size_t counting = rows.each([&](std::size_t row) { right += rows.label(row) == rows.largest(row); });
        c.partial(0)[0] = static_cast<double>(right);
        c.partial(0)[1] = static_cast<double>(counting);
    }

    void report(std::span<const double> merged, Report& report) const override {
        report.value("accuracy", merged[0] / std::max(merged[1], 1.0));
    }

    std::optional<std::int64_t> ignored_;
};

}  // namespace

void add_accuracy(Registry& registry) {
    add_ignore_class(registry.metric<Accuracy>("accuracy", "Share of samples whose class is recognised"))
        .formula("mean of [argmax x = label]")
        .shapes("x       [N, ..., K]\nlabels  [N, ...]  int32");
}

}  // namespace plexus::metrics
