#include <algorithm>

#include "class_rows.hpp"
#include "metrics.hpp"

namespace plexus::metrics {
namespace {

/// The share of samples that are right as a whole: the largest value is that of the right class in each row that
/// counts. Samples without such a row do not count. Inputs: see class_rows.hpp.
/// partial 0: {right samples, samples}; 0 where no sample counts
struct SequenceAccuracy final : Layer {
    explicit SequenceAccuracy(const Attributes& a) : ignored_{ignore_class(a)} {}

    void infer(InferContext& c) const override {
        infer_class_rows(c);
        c.partial("counts", 2);
    }

    void forward(const ForwardContext& c) const override {
        const ClassRows rows{c, ignored_};
        // Each is counted once, at the first of its rows that counts, or is wrong.
        std::size_t counting = 0, wrong = 0, next_to_count = 0, next_to_fail = 0;
        rows.each([&](std::size_t row) {
            const std::size_t sample = row / rows.per_sample();
            if (sample >= next_to_count) {
                ++counting;
                next_to_count = sample + 1;
            }
            const bool right = rows.label(row) == rows.largest(row);
            if (!right && sample >= next_to_fail) {
                ++wrong;
                next_to_fail = sample + 1;
            }
        });
        c.partial(0)[0] = static_cast<double>(counting - wrong);
        c.partial(0)[1] = static_cast<double>(counting);
    }

    void report(std::span<const double> merged, Report& report) const override {
        report.value("sequence_accuracy", merged[0] / std::max(merged[1], 1.0));
    }

    std::optional<std::int64_t> ignored_;
};

}  // namespace

void add_sequence_accuracy(Registry& registry) {
    add_ignore_class(
        registry.metric<SequenceAccuracy>("sequence_accuracy", "Share of samples that are right at all their steps"))
        .formula("mean of [argmax x = label in all rows of a sample]")
        .shapes("x       [N, ..., K]\nlabels  [N, ...]  int32");
}

}  // namespace plexus::metrics
