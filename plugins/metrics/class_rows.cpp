#include "class_rows.hpp"

#include <cmath>

#include "kernels/functions.hpp"

namespace plexus::metrics {
namespace {

bool above(float a, float b) {
    return a > b || (std::isnan(a) && !std::isnan(b));
}

}  // namespace

Schema& add_ignore_class(Schema& schema) {
    return schema.optional("ignore_class", AttributeSpec::Form::integer,
                           "label of rows that do not count, such as padding; none where left out");
}

std::optional<std::int64_t> ignore_class(const Attributes& a) {
    if (!a.has("ignore_class"))
        return {};
    return a.get<std::int64_t>("ignore_class");
}

void infer_class_rows(InferContext& c) {
    const TensorType& x = c.input(0);
    const TensorType& labels = c.input(1);
    if (x.shape.rank() < 2)
        throw c.error(text("input has shape ", c.source(0), "; [batch, ..., classes] is wanted"));
    const Shape rows{std::span{x.shape.begin(), x.shape.rank() - 1}};
    if (labels != TensorType{rows, Element::int32})
        throw c.error(text("labels are ", labels.element, " ", c.source(1), "; int32 ", rows,
                           " is wanted, one class number for each row of the input ", c.source(0)));
    c.no_gradient(0);
    c.no_gradient(1);
}

ClassRows::ClassRows(const StepContext& c, std::optional<std::int64_t> ignored)
    : x_{c.input(0).as()},
      labels_{c.input(1).as<std::int32_t>()},
      classes_{static_cast<std::size_t>(c.input(0).shape().back())},
      rows_per_sample_{static_cast<std::size_t>(c.input(1).shape().from(1).elements())},
      first_sample_{c.first()},
      ignored_{ignored} {}

std::size_t ClassRows::label(std::size_t row) const {
    const std::int32_t label = labels_[row];
    if (label < 0 || static_cast<std::size_t>(label) >= classes_)
        throw SampleError(first_sample_ + static_cast<std::int64_t>(row / rows_per_sample_),
                          text("label ", label, "; there are ", classes_, " classes, counted from 0"));
    return static_cast<std::size_t>(label);
}

double ClassRows::cross_entropy(std::size_t row) const {
    const auto values = x_.subspan(row * classes_, classes_);
    return kernels::log_sum_of_exponentials(values.data(), classes_).surprise(values[label(row)]);
}

std::size_t ClassRows::rank(std::size_t row, std::size_t which) const noexcept {
    const auto values = x_.subspan(row * classes_, classes_);
    std::size_t before = 0;
    for (std::size_t k = 0; k < classes_; ++k)
        before += above(values[k], values[which]) || (k < which && !above(values[which], values[k]));
    return before;
}

std::size_t ClassRows::largest(std::size_t row) const noexcept {
    const auto values = x_.subspan(row * classes_, classes_);
    std::size_t most = 0;
    for (std::size_t k = 1; k < classes_; ++k)
        if (above(values[k], values[most]))
            most = k;
    return most;
}

}  // namespace plexus::metrics
