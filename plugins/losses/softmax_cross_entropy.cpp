#include "kernels/elementwise.hpp"
#include "losses.hpp"

namespace plexus::losses {
namespace {

/// How surprised the network is by the right class: the cross-entropy between a label and the softmax of the logits.
///   x       [N, ..., K]  float32, logits: any numbers, not probabilities
///   labels  [N, ...]     int32, 0 .. K - 1
///   y       [N]          mean over the positions of a sample (one for [N, K]) of
///                        -sum_k t_k log softmax(x)_k,  t = (1 - s) onehot(label) + s / K,  s = label_smoothing
/// Computed as log(sum_k e^(x_k - m)) - (x_k - m) with m the largest logit: nothing overflows and no logarithm of 0 is
/// taken. backward() assigns dx = dy (softmax(x) - t) / positions; labels have no gradient.
/// Refused while planning: shapes that do not belong together. While running: a label out of range (SampleError).
struct SoftmaxCrossEntropy final : Layer {
    explicit SoftmaxCrossEntropy(const Attributes& a) : smoothing_{a.get<double>("label_smoothing")} {}

    void infer(InferContext& c) const override {
        const TensorType& x = c.input(0);
        const TensorType& labels = c.input(1);
        if (x.shape.rank() < 2)
            throw c.error(text("input has shape ", c.source(0), "; [batch, ..., classes] is wanted"));
        const Shape rows{std::span{x.shape.begin(), x.shape.rank() - 1}};
        if (labels != TensorType{rows, Element::int32})
            throw c.error(text("labels are ", labels.element, " ", c.source(1), "; int32 ", rows,
                               " is wanted, one class number for each row of the input ", c.source(0)));
        c.no_gradient(1);
        c.output(0, {Shape{x.shape[0]}});
    }

    [[nodiscard]] Traits traits() const override { return {.backward_reads_outputs = false}; }

    void forward(const ForwardContext& c) const override {
        const Rows rows{c};
        const float* x = c.input(0).as().data();
        const auto labels = c.input(1).as<std::int32_t>();
        const auto y = c.output(0).as();
        std::size_t row = 0;
        for (std::size_t sample = 0; sample < y.size(); ++sample) {
            double loss = 0;
            for (std::size_t i = 0; i < rows.per_sample; ++i, ++row)
                loss += row_loss(x + row * rows.classes, rows.classes, label_of(c, labels, row, rows));
            y[sample] = static_cast<float>(loss / static_cast<double>(rows.per_sample));
        }
    }

    void backward(const BackwardContext& c) const override {
        const Rows rows{c};
        const float* x = c.input(0).as().data();
        const auto labels = c.input(1).as<std::int32_t>();
        const auto dy = c.output_gradient(0).as();
        float* dx = c.input_gradient(0).as().data();
        std::size_t row = 0;
        for (const float gradient : dy)
            for (std::size_t i = 0; i < rows.per_sample; ++i, ++row)
                row_gradient(x + row * rows.classes, rows.classes, label_of(c, labels, row, rows),
                             gradient / static_cast<float>(rows.per_sample), dx + row * rows.classes);
    }

private:
    struct Rows {
        std::size_t classes;
        std::size_t per_sample;  ///< positions of a sample

        explicit Rows(const StepContext& c)
            : classes{static_cast<std::size_t>(c.input(0).shape().back())},
              per_sample{static_cast<std::size_t>(c.input(1).shape().from(1).elements())} {}
    };

    [[nodiscard]] static std::size_t label_of(const StepContext& c, std::span<const std::int32_t> labels,
                                              std::size_t row, const Rows& rows) {
        const std::int32_t label = labels[row];
        if (label < 0 || static_cast<std::size_t>(label) >= rows.classes)
            throw SampleError(c.first() + static_cast<std::int64_t>(row / rows.per_sample),
                              text("label ", label, "; there are ", rows.classes, " classes, counted from 0"));
        return static_cast<std::size_t>(label);
    }

    [[nodiscard]] double row_loss(const float* x, std::size_t classes, std::size_t label) const {
        const kernels::LogSum sum = kernels::log_sum_of_exponentials(x, classes);
        double loss = sum.surprise(x[label]);
        if (smoothing_ > 0) {
            double mean = 0;  // over all classes, as if each were the right one
            for (std::size_t k = 0; k < classes; ++k)
                mean += sum.surprise(x[k]);
            loss = (1 - smoothing_) * loss + smoothing_ * (mean / static_cast<double>(classes));
        }
        return loss;
    }

    void row_gradient(const float* x, std::size_t classes, std::size_t label, float scale, float* dx) const {
        const auto everywhere = static_cast<float>(smoothing_ / static_cast<double>(classes));
        kernels::dispatch([=]() __attribute__((always_inline)) {
            const float total = kernels::exponentials_of(x, kernels::largest_of(x, classes), dx, classes);
            kernels::sweep(
                [=](kernels::Floats & d) __attribute__((always_inline)) { d = (d / total - everywhere) * scale; },
                classes, dx);
        });
        dx[label] -= static_cast<float>(1 - smoothing_) * scale;
    }

    double smoothing_;
};

}  // namespace

void add_softmax_cross_entropy(Registry& registry) {
    registry
        .loss<SoftmaxCrossEntropy>("softmax_cross_entropy", "For one class of several, from logits and class numbers")
        .attribute("label_smoothing", 0.0, "share of the target that is spread evenly over all classes")
        .at_least(0)
        .below(1)
        .formula("y = -sum_k t_k log softmax(x)_k, t = (1 - label_smoothing) onehot(label) + label_smoothing / K")
        .shapes("x       [N, ..., K]  logits\nlabels  [N, ...]  int32\ny       [N]")
        .prediction("softmax");
}

}  // namespace plexus::losses
