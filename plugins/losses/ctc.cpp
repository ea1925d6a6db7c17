#include <algorithm>

#include "ctc_lattice.hpp"
#include "losses.hpp"

namespace plexus::losses {
namespace {

using Role = Operand::Role;

constexpr std::size_t lengths = 2;

/// Connectionist temporal classification: how surprised the network is by labels of which it is not known at which
/// steps they stand. A step says a class or, with the class `blank`, nothing; equal classes in neighbouring steps are
/// one label, unless there is a blank between them.
///   x        [N, T, K]  float32, logits: any numbers, not probabilities
///   labels   [N, L]     int32; those of a sample end at the first that is below 0 or is `blank`: what follows is
///   padding lengths  [N]        int32, input 2, optional: how many steps of a sample count; all of them where it is
///   left out y        [N]        -log of the sum, over all ways to say the labels in these steps, of the product of
///                       softmax(x)_k over the steps; with `mean_over_labels` divided by the number of labels (or 1)
/// Computed in logarithms of double. backward() assigns dx; in steps that do not count it is 0, whatever x holds there,
/// be it NaN. Labels for which there are too few steps (equal neighbours want one more, for the blank) are refused:
/// their loss is infinite. With `zero_infinity` their loss and dx are 0. The mean over the batch is keras.losses.CTC's;
/// PyTorch's ctc_loss divides as `mean_over_labels` says. Refused while planning: shapes that do not belong together; a
/// blank that is no class. While running: a label or a length out of range, too few steps for the labels (SampleError).
/// Source: Graves et al. 2006, doi:10.1145/1143844.1143891, sections 3 and 4.
struct Ctc final : Layer {
    explicit Ctc(const Attributes& a)
        : blank{a.get<std::int64_t>("blank")},
          mean_over_labels{a.get<bool>("mean_over_labels")},
          zero_infinity{a.get<bool>("zero_infinity")} {}

    void infer(InferContext& c) const override {
        const Shape& x = c.input(0).shape;
        if (x.rank() != 3)
            throw c.error(text("input has shape ", c.source(0), "; [batch, steps, classes] is wanted"));
        if (blank >= x[2])
            throw c.error(text("blank is ", blank, ", but input has shape ", c.source(0), ": there are ", x[2],
                               " classes, counted from 0"));
        const TensorType& labels = c.input(1);
        if (labels.element != Element::int32 || labels.shape.rank() != 2)
            throw c.error(text("labels are ", labels.element, " ", c.source(1),
                               "; int32 [batch, labels] is wanted, padded with -1 or the blank"));
        c.no_gradient(1);
        c.output(0, {Shape{x[0]}});
        if (c.inputs() <= lengths)
            return;
        if (c.input(lengths) != TensorType{Shape{x[0]}, Element::int32})
            throw c.error(text("lengths are ", c.input(lengths).element, " ", c.source(lengths), "; int32 ",
                               Shape{x[0]}, " is wanted"));
        c.no_gradient(lengths);
    }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override;

    std::int64_t blank;
    bool mean_over_labels;
    bool zero_infinity;
};

/// Backward, alpha is made again: a lattice for each worker is less to keep than one for each sample.
class CtcWork final : public Work {
public:
    CtcWork(PlanContext& c, const Ctc& layer)
        : layer_{layer},
          steps_{static_cast<std::size_t>(c.input(0).shape[1])},
          classes_{static_cast<std::size_t>(c.input(0).shape[2])},
          most_labels_{static_cast<std::size_t>(c.input(1).shape[1])},
          has_lengths_{c.inputs() > lengths} {
        Stage loss{.name = "loss",
                   .writes = {{Role::output, 0}},
                   .scratch = CtcLattice::size(steps_, classes_, most_labels_) * sizeof(double)};
        for (std::size_t i = 0; i < c.inputs(); ++i)
            loss.reads.push_back({Role::input, i});
        Stage gradient = loss;
        forward_ = c.forward(std::move(loss));
        if (!c.wants_input_gradient(0))
            return;
        gradient.name = "gradient";
        gradient.reads.push_back({Role::output_gradient, 0});
        gradient.writes = {{Role::input_gradient, 0}};
        c.backward(std::move(gradient));
    }

    void run(const StageContext& c) const override {
        const bool forward = c.stage() == forward_;
        for (std::size_t n = 0; n < static_cast<std::size_t>(c.samples()); ++n) {
            const CtcLattice::Sample sample = sample_of(c, n);
            const bool counts = has_steps(c, n, sample);
            CtcLattice lattice{sample, reinterpret_cast<double*>(c.scratch().data())};
            const double log_probability = counts ? lattice.forward() : 0;
            const double divisor =
                layer_.mean_over_labels ? static_cast<double>(std::max<std::size_t>(sample.labels.size(), 1)) : 1;
            if (forward) {
                c.output(0).as()[n] = static_cast<float>(-log_probability / divisor);
                continue;
            }
            float* const dx = c.input_gradient(0).as().data() + n * steps_ * classes_;
            const std::size_t counting = counts ? sample.steps : 0;
            std::fill_n(dx + counting * classes_, (steps_ - counting) * classes_, 0.0F);
            if (counts)
                lattice.gradient(log_probability, static_cast<double>(c.output_gradient(0).as()[n]) / divisor, dx);
        }
    }

private:
    [[nodiscard]] CtcLattice::Sample sample_of(const StageContext& c, std::size_t n) const {
        return {.logits = c.input(0).as().data() + n * steps_ * classes_,
                .steps = steps_of(c, n),
                .classes = classes_,
                .labels = labels_of(c, n),
                .blank = static_cast<std::int32_t>(layer_.blank)};
    }

    [[nodiscard]] bool has_steps(const StageContext& c, std::size_t n, const CtcLattice::Sample& sample) const {
        const std::size_t wanted = CtcLattice::steps_for(sample.labels);
        if (sample.steps < wanted && !layer_.zero_infinity)
            throw SampleError(
                c.first() + static_cast<std::int64_t>(n),
                text(sample.labels.size(), " labels want ", wanted, " steps, of which there are ", sample.steps,
                     "; equal neighbours want one more: let the network have more steps, or leave out "
                     "such samples with zero_infinity: true"));
        return sample.steps >= wanted;
    }

    [[nodiscard]] std::size_t steps_of(const StageContext& c, std::size_t n) const {
        if (!has_lengths_)
            return steps_;
        const std::int32_t length = c.input(lengths).as<std::int32_t>()[n];
        if (length < 0 || static_cast<std::size_t>(length) > steps_)
            throw SampleError(c.first() + static_cast<std::int64_t>(n),
                              text("length ", length, "; the sequence has ", steps_, " steps"));
        return static_cast<std::size_t>(length);
    }

    [[nodiscard]] std::span<const std::int32_t> labels_of(const StageContext& c, std::size_t n) const {
        const auto row = c.input(1).as<std::int32_t>().subspan(n * most_labels_, most_labels_);
        std::size_t count = 0;
        for (; count < row.size() && row[count] >= 0 && row[count] != layer_.blank; ++count)
            if (static_cast<std::size_t>(row[count]) >= classes_)
                throw SampleError(c.first() + static_cast<std::int64_t>(n),
                                  text("label ", row[count], "; there are ", classes_, " classes, counted from 0"));
        return row.first(count);
    }

    const Ctc& layer_;
    std::size_t steps_;
    std::size_t classes_;
    std::size_t most_labels_;
    bool has_lengths_;
    std::size_t forward_ = 0;
};

std::unique_ptr<Work> Ctc::plan(PlanContext& c) const {
    return std::make_unique<CtcWork>(c, *this);
}

}  // namespace

void add_ctc(Registry& registry) {
    registry.loss<Ctc>("ctc", "For labels in order, of which it is not known at which steps they stand")
        .attribute("blank", 0, "the class that says nothing")
        .range(0, 2147483647)
        .attribute("mean_over_labels", false, "divides a sample's loss by its number of labels, as PyTorch's mean does")
        .attribute("zero_infinity", false,
                   "labels for which there are too few steps have a loss of 0; otherwise they are refused")
        .inputs(2, 3)
        .formula("y = -log sum over all ways to say the labels, of the product of softmax(x)_k over the steps")
        .shapes(
            "x        [N, T, K]  logits\nlabels   [N, L]     int32, padded with -1 or the blank\n"
            "lengths  [N]        input, optional, int32: steps of each sample\ny        [N]")
        .prediction("softmax");
}

}  // namespace plexus::losses
