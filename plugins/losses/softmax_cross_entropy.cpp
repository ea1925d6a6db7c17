#include <algorithm>
#include <optional>

#include "kernels/elementwise.hpp"
#include "kernels/functions.hpp"
#include "losses.hpp"

namespace plexus::losses {
namespace {

using Role = Operand::Role;

/// How surprised the network is by the right class: the cross-entropy between a label and the softmax of the logits.
///   x       [N, ..., K]  float32, logits: any numbers, not probabilities
///   labels  [N, ...]     int32, 0 .. K - 1
///   y       [N]          mean over the positions of a sample (one for [N, K]) of
///                        -sum_k t_k log softmax(x)_k,  t = (1 - s) onehot(label) + s / K,  s = label_smoothing
/// Computed as log(sum_k e^(x_k - m)) - (x_k - m) with m the largest logit: nothing overflows and no logarithm of 0 is
/// taken. backward() assigns dx = dy (softmax(x) - t) / positions; labels have no gradient.
/// With `ignore_class`, positions of that label do not count: their logits are not looked at, be they NaN, and get a
/// gradient of 0. The others of the whole batch, C of them, weigh alike: y is N / C times the sum over a sample's, so
/// that the mean over the batch is that over its counting positions, and 0 where there are none. N / C takes the place
/// of 1 / positions in dx, too. (PyTorch's `ignore_index`, with its mean.) Over several batches each counts by its
/// samples; `perplexity` and `bits_per_character` count each position alike.
/// Refused while planning: shapes that do not belong together. While running: a label out of range (SampleError).
struct SoftmaxCrossEntropy final : Layer {
    explicit SoftmaxCrossEntropy(const Attributes& a) : smoothing_{a.get<double>("label_smoothing")} {
        if (a.has("ignore_class"))
            ignored_ = a.get<std::int64_t>("ignore_class");
    }

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
        if (!ignored_)
            return;
        c.partial("counting", 1);
        c.shared("divisor", {Shape{1}, Element::float64});
    }

    [[nodiscard]] Traits traits() const override { return {.backward_reads_outputs = false}; }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override;

    void forward(const ForwardContext& c) const override { losses(c, c.output(0), positions_of(c)); }

    void backward(const BackwardContext& c) const override {
        gradients(c, c.output_gradient(0), c.input_gradient(0), positions_of(c));
    }

    [[nodiscard]] bool counts(std::int32_t label) const { return !ignored_ || label != *ignored_; }

    /// y = a sample's sum of losses / divisor.
    void losses(const StepContext& c, const Tensor& y, double divisor) const {
        const Rows rows{c};
        const float* x = c.input(0).as().data();
        const auto labels = c.input(1).as<std::int32_t>();
        std::size_t row = 0;
        for (float& loss : y.as()) {
            double sum = 0;
            for (std::size_t i = 0; i < rows.per_sample; ++i, ++row)
                if (counts(labels[row]))
                    sum += row_loss(x + row * rows.classes, rows.classes, label_of(c, labels, row, rows));
            loss = static_cast<float>(sum / divisor);
        }
    }

    void gradients(const StepContext& c, const ConstTensor& dy, const Tensor& dx, double divisor) const {
        const Rows rows{c};
        const float* x = c.input(0).as().data();
        const auto labels = c.input(1).as<std::int32_t>();
        std::size_t row = 0;
        for (const float gradient : dy.as())
            for (std::size_t i = 0; i < rows.per_sample; ++i, ++row) {
                float* const to = dx.as().data() + row * rows.classes;
                if (counts(labels[row]))
                    row_gradient(x + row * rows.classes, rows.classes, label_of(c, labels, row, rows),
                                 gradient / static_cast<float>(divisor), to);
                else
                    std::fill_n(to, rows.classes, 0.0F);
            }
    }

private:
    struct Rows {
        std::size_t classes;
        std::size_t per_sample;  ///< positions of a sample

        explicit Rows(const StepContext& c)
            : classes{static_cast<std::size_t>(c.input(0).shape().back())},
              per_sample{static_cast<std::size_t>(c.input(1).shape().from(1).elements())} {}
    };

    [[nodiscard]] static double positions_of(const StepContext& c) { return static_cast<double>(Rows{c}.per_sample); }

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
    std::optional<std::int64_t> ignored_;
};

/// With a class that is ignored: what counts is added up over the batch before the first loss.
///     count     per shard   positions that count (partial 0)
///     divisor   batch       C / N (shared 0)
///     loss      per shard   y
///     gradient  per shard   dx
class CountingWork final : public Work {
public:
    CountingWork(PlanContext& c, const SoftmaxCrossEntropy& layer) : layer_{layer} {
        const Operand x{Role::input, 0}, labels{Role::input, 1}, divisor{Role::shared, 0};
        count_ = c.forward({.name = "count", .reads = {labels}, .writes = {{Role::partial, 0}}});
        divisor_ =
            c.forward({.name = "divisor", .over = Over::batch, .reads = {{Role::combined, 0}}, .writes = {divisor}});
        loss_ = c.forward({.name = "loss", .reads = {x, labels, divisor}, .writes = {{Role::output, 0}}});
        if (c.wants_input_gradient(0))
            c.backward({.name = "gradient",
                        .reads = {{Role::output_gradient, 0}, x, labels, divisor},
                        .writes = {{Role::input_gradient, 0}}});
    }

    void run(const StageContext& c) const override {
        if (c.stage() == count_)
            c.partial(0)[0] = static_cast<double>(std::ranges::count_if(
                c.input(1).as<std::int32_t>(), [&](std::int32_t label) { return layer_.counts(label); }));
        else if (c.stage() == divisor_)
            c.shared(0).as<double>()[0] = std::max(c.combined(0)[0], 1.0) / static_cast<double>(c.batch());
        else if (c.stage() == loss_)
            layer_.losses(c, c.output(0), c.shared(0).as<double>()[0]);
        else
            layer_.gradients(c, c.output_gradient(0), c.input_gradient(0), c.shared(0).as<double>()[0]);
    }

private:
    const SoftmaxCrossEntropy& layer_;
    std::size_t count_;
    std::size_t divisor_;
    std::size_t loss_;
};

std::unique_ptr<Work> SoftmaxCrossEntropy::plan(PlanContext& c) const {
    return ignored_ ? std::make_unique<CountingWork>(c, *this) : Layer::plan(c);
}

}  // namespace

void add_softmax_cross_entropy(Registry& registry) {
    registry
        .loss<SoftmaxCrossEntropy>("softmax_cross_entropy", "For one class of several, from logits and class numbers")
        .attribute("label_smoothing", 0.0, "share of the target that is spread evenly over all classes")
        .at_least(0)
        .below(1)
        .optional("ignore_class", AttributeSpec::Form::integer,
                  "label of positions that do not count, such as padding; none where left out")
        .formula("y = -sum_k t_k log softmax(x)_k, t = (1 - label_smoothing) onehot(label) + label_smoothing / K")
        .shapes("x       [N, ..., K]  logits\nlabels  [N, ...]  int32\ny       [N]")
        .prediction("softmax");
}

}  // namespace plexus::losses
