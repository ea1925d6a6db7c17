// What all metrics of classes read: rows of one number per class, and the right class of each row.
#pragma once
#include <optional>
#include <span>

#include "plexus/plugin.hpp"

namespace plexus::metrics {

/// The attribute that all metrics of classes have: the label of rows that do not count, such as padding.
/// @{
Schema& add_ignore_class(Schema& schema);
[[nodiscard]] std::optional<std::int64_t> ignore_class(const Attributes& a);
/// @}

/// Refuses, while planning, all but
///   x       [N, ..., K]  float32, logits, or probabilities where only their order counts
///   labels  [N, ...]     int32, 0 .. K - 1
void infer_class_rows(InferContext& c);

/// The same while running. Rows whose label is the ignored one do not count: what they hold is not looked at.
class ClassRows {
public:
    ClassRows(const StepContext& c, std::optional<std::int64_t> ignored);

    /// Calls `at(row)` for each row that counts, in order, and says how many these are.
    template <class At>
    std::size_t each(const At& at) const {
        std::size_t counting = 0;
        for (std::size_t row = 0; row < labels_.size(); ++row) {
            if (ignored_ && labels_[row] == *ignored_)
                continue;
            at(row);
            ++counting;
        }
        return counting;
    }
    [[nodiscard]] std::size_t classes() const noexcept { return classes_; }
    [[nodiscard]] std::size_t per_sample() const noexcept { return rows_per_sample_; }
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
    std::optional<std::int64_t> ignored_;
};

}  // namespace plexus::metrics
