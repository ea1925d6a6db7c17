// What all metrics of classes read: rows of one number per class, and the right class of each row.
#pragma once
#include <span>

#include "plexus/plugin.hpp"

namespace plexus::metrics {

/// Refuses, while planning, all but
///   x       [N, ..., K]  float32, logits, or probabilities where only their order counts
///   labels  [N, ...]     int32, 0 .. K - 1
void infer_class_rows(InferContext& c);

/// The same while running.
class ClassRows {
public:
    explicit ClassRows(const StepContext& c);

    [[nodiscard]] std::size_t size() const noexcept { return labels_.size(); }
    [[nodiscard]] std::size_t classes() const noexcept { return classes_; }
    /// Throws RunError for a label out of range, naming the sample.
    [[nodiscard]] std::size_t label(std::size_t row) const;
    /// -log softmax(row)[label], in nats, of logits. Throws as label() does.
    [[nodiscard]] double cross_entropy(std::size_t row) const;
    /// How many classes come before `which` when a row is sorted from the largest value down. Of equal values the first
    /// class comes first, and a NaN counts as the largest value (torch.argmax).
    [[nodiscard]] std::size_t rank(std::size_t row, std::size_t which) const noexcept;
    /// The class with rank 0.
    [[nodiscard]] std::size_t largest(std::size_t row) const noexcept;

private:
    std::span<const float> x_;
    std::span<const std::int32_t> labels_;
    std::size_t classes_;
    std::size_t rows_per_sample_;
    std::int64_t first_sample_;
};

}  // namespace plexus::metrics
