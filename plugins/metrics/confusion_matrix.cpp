#include <algorithm>

#include "class_rows.hpp"
#include "metrics.hpp"

namespace plexus::metrics {
namespace {

constexpr std::int64_t most_classes = 256;

/// How often each class was taken for each: row = right class, column = class of the largest value, of rows that
/// count. Inputs: see class_rows.hpp. partial 0: [K, K]
/// Refused while planning: more than 256 classes, for each shard has a table of its own.
struct ConfusionMatrix final : Layer {
    explicit ConfusionMatrix(const Attributes& a) : ignored_{ignore_class(a)} {}

    void infer(InferContext& c) const override {
        infer_class_rows(c);
        const std::int64_t classes = c.input(0).shape.back();
        if (classes > most_classes)
            throw c.error(text("input has shape ", c.source(0), ": ", classes, " classes; at most ", most_classes,
                               " are possible"));
        c.partial("counts", static_cast<std::size_t>(classes * classes));
    }

    void forward(const ForwardContext& c) const override {
        const ClassRows rows{c, ignored_};
        const auto counts = c.partial(0);
        std::ranges::fill(counts, 0.0);
        rows.each([&](std::size_t row) { counts[rows.label(row) * rows.classes() + rows.largest(row)] += 1; });
    }

    void report(std::span<const double> merged, Report& report) const override {
        std::size_t classes = 0;
        while (classes * classes < merged.size())
            ++classes;
        report.matrix("confusion_matrix", classes, classes, merged);
    }

    std::optional<std::int64_t> ignored_;
};

}  // namespace

void add_confusion_matrix(Registry& registry) {
    add_ignore_class(
        registry.metric<ConfusionMatrix>("confusion_matrix", "How often each class was taken for each other"))
        .formula("y[i, j] = number of samples of class i with argmax x = j")
        .shapes("x       [N, ..., K]\nlabels  [N, ...]  int32\ny       [K, K]");
}

}  // namespace plexus::metrics
