#include <algorithm>

#include "class_rows.hpp"
#include "metrics.hpp"

namespace plexus::metrics {
namespace {

/// The share of rows in which the right class is among the k largest values, of those that count. Inputs: see
/// class_rows.hpp.
/// partial 0: {right rows, rows}; 0 where no row counts
/// Refused while planning: k above the number of classes.
struct TopKAccuracy final : Layer {
    explicit TopKAccuracy(const Attributes& a) : k_{a.get<std::size_t>("k")}, ignored_{ignore_class(a)} {}

    void infer(InferContext& c) const override {
        infer_class_rows(c);
        if (static_cast<std::size_t>(c.input(0).shape.back()) < k_)
            throw c.error(text("k is ", k_, ", but input has shape ", c.source(0), ": only ", c.input(0).shape.back(),
                               " classes"));
        c.partial("counts", 2);
    }

    void forward(const ForwardContext& c) const override {
        const ClassRows rows{c, ignored_};
        std::size_t right = 0;
        const std::size_t counting = rows.each([&](std::size_t row) { right += rows.rank(row, rows.label(row)) < k_; });
        c.partial(0)[0] = static_cast<double>(right);
        c.partial(0)[1] = static_cast<double>(counting);
    }

    void report(std::span<const double> merged, Report& report) const override {
        report.value(text("top_", k_, "_accuracy"), merged[0] / std::max(merged[1], 1.0));
    }

    std::size_t k_;
    std::optional<std::int64_t> ignored_;
};

}  // namespace

void add_top_k_accuracy(Registry& registry) {
    Schema& schema =
        registry.metric<TopKAccuracy>("top_k_accuracy", "Share of samples whose class is among the k most probable")
            .attribute("k", 5, "how many guesses count")
            .at_least(1);
    add_ignore_class(schema)
        .formula("mean of [rank of x_label < k]")
        .shapes("x       [N, ..., K]\nlabels  [N, ...]  int32");
}

}  // namespace plexus::metrics
