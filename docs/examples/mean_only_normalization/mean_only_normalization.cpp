// A layer that needs to see all shards at once, with a parameter and a state.
#include <plexus/plugin.hpp>

#include <algorithm>

namespace {

using plexus::Mode;
using plexus::Operand;
using plexus::Over;
using plexus::StageContext;
using Role = plexus::Operand::Role;

constexpr Operand input{Role::input}, output{Role::output};
constexpr Operand output_gradient{Role::output_gradient}, input_gradient{Role::input_gradient};
constexpr Operand beta{Role::parameter}, beta_gradient{Role::parameter_gradient};
constexpr Operand moving_mean{Role::state};
constexpr Operand sums{Role::partial, 0}, all_sums{Role::combined, 0};                    // of x
constexpr Operand gradient_sums{Role::partial, 1}, all_gradient_sums{Role::combined, 1};  // of dy
constexpr Operand mean{Role::shared, 0}, gradient_mean{Role::shared, 1};

/// In training, with M rows in the batch:
///     sums           per shard   sum of x (partial 0)
///     mean           batch       merged sums / M -> shared 0 and the moving mean
///     centre         per shard   y = x - mean + beta
///     gradient sums  per shard   sum of dy (partial 1)
///     gradient mean  batch       merged sums -> dbeta; merged sums / M -> shared 1
///     gradient       per shard   dx = dy - gradient mean
/// In inference there is `centre` alone, with the moving mean.
class MeanOnlyNormalizationWork final : public plexus::Work {
public:
    MeanOnlyNormalizationWork(plexus::PlanContext& c, double momentum)
        : momentum_{momentum},
          channels_{static_cast<std::size_t>(c.input(0).shape.back())},
          rows_{static_cast<double>(c.input(0).shape.elements() / c.input(0).shape.back())} {
        const Operand centre = c.mode() == Mode::inference ? moving_mean : mean;
        if (c.mode() != Mode::inference) {
            sums_ = c.forward({.name = "sums", .reads = {input}, .writes = {sums}});
            mean_ = c.forward(
                {.name = "mean", .over = Over::batch, .reads = {all_sums, moving_mean}, .writes = {mean, moving_mean}});
        }
        centre_ = c.forward(
            {.name = "centre", .reads = {input, centre, beta}, .writes = {output}, .in_place = {{output, input}}});
        if (!c.wants_gradient())
            return;
        gradient_sums_ = c.backward({.name = "gradient sums", .reads = {output_gradient}, .writes = {gradient_sums}});
        plexus::Stage merged{
            .name = "gradient mean", .over = Over::batch, .reads = {all_gradient_sums}, .writes = {gradient_mean}};
        if (c.wants_parameter_gradient())
            merged.writes.push_back(beta_gradient);
        gradient_mean_ = c.backward(std::move(merged));
        if (c.wants_input_gradient(0))
            gradient_ = c.backward({.name = "gradient",
                                    .reads = {output_gradient, gradient_mean},
                                    .writes = {input_gradient},
                                    .in_place = {{input_gradient, output_gradient}}});
    }

    void run(const StageContext& c) const override {
        if (c.stage() == sums_)
            sum(c.input(0).as(), c.partial(0));
        else if (c.stage() == mean_)
            renew_mean(c);
        else if (c.stage() == centre_)
            add_rows(c.input(0).as(), c.mode() == Mode::inference ? c.state(0).as() : c.shared(0).as(),
                     c.parameter(0).as(), c.output(0).as());
        else if (c.stage() == gradient_sums_)
            sum(c.output_gradient(0).as(), c.partial(1));
        else if (c.stage() == gradient_mean_)
            merge_gradient(c);
        else
            add_rows(c.output_gradient(0).as(), c.shared(1).as(), {}, c.input_gradient(0).as());
    }

private:
    void sum(std::span<const float> rows, std::span<double> to) const {
        std::ranges::fill(to, 0.0);
        for (std::size_t i = 0; i < rows.size(); ++i)
            to[i % channels_] += static_cast<double>(rows[i]);
    }

    void renew_mean(const StageContext& c) const {
        const double share = c.mode() == Mode::estimate ? c.estimate_share() : 1 - momentum_;
        const auto moving = c.state(0).as();
        for (std::size_t k = 0; k < channels_; ++k) {
            const double value = c.combined(0)[k] / rows_;
            c.shared(0).as()[k] = static_cast<float>(value);
            moving[k] = static_cast<float>(moving[k] + share * (value - moving[k]));
        }
    }

    /// to = rows - minus + plus, row by row; without `plus`, 0.
    void add_rows(std::span<const float> rows, std::span<const float> minus, std::span<const float> plus,
                  std::span<float> to) const {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::size_t k = i % channels_;
            to[i] = rows[i] - minus[k] + (plus.empty() ? 0 : plus[k]);
        }
    }

    void merge_gradient(const StageContext& c) const {
        const auto dbeta = c.parameter_gradient(0).as();  // empty where the network is not trained
        for (std::size_t k = 0; k < channels_; ++k) {
            c.shared(1).as()[k] = static_cast<float>(c.combined(1)[k] / rows_);
            if (!dbeta.empty())
                dbeta[k] = static_cast<float>(c.combined(1)[k]);
        }
    }

    static constexpr auto none = static_cast<std::size_t>(-1);
    double momentum_;
    std::size_t channels_;
    double rows_;  ///< of the whole batch
    std::size_t sums_ = none;
    std::size_t mean_ = none;
    std::size_t centre_ = none;
    std::size_t gradient_sums_ = none;
    std::size_t gradient_mean_ = none;
    std::size_t gradient_ = none;
};

/// Shifts each channel so that over the batch its mean is a number that is learnt.
///   x            [N, ..., C]  float32
///   beta         [C]          parameter
///   moving_mean  [C]          state, 0 at first: momentum moving_mean + (1 - momentum) mean
///   y            like x       x - mean + beta; in inference x - moving_mean + beta
/// The batch is the whole batch, however it is cut into shards; its sums are in double.
/// Refused while planning: an input of one dimension.
/// Source: Salimans and Kingma 2016, arXiv 1602.07868, section 4.
struct MeanOnlyNormalization final : plexus::Layer {
    explicit MeanOnlyNormalization(const plexus::Attributes& a)
        : momentum{a.get<double>("momentum")}, beta_initializer{a.typed("beta_initializer")} {}

    void infer(plexus::InferContext& c) const override {
        const plexus::TensorType& x = c.input(0);
        if (x.shape.rank() < 2)
            throw c.error(plexus::text("input has shape ", c.source(0), "; [batch, ..., channels] is wanted"));
        const std::int64_t channels = x.shape.back();
        c.output(0, x);
        c.parameter("beta", {channels}, beta_initializer);
        c.state("moving_mean", {channels}, 0, plexus::Estimate::for_averages);
        c.partial("sums", static_cast<std::size_t>(channels));
        c.partial("gradient_sums", static_cast<std::size_t>(channels));
        c.shared("mean", {{channels}});
        c.shared("gradient_mean", {{channels}});
    }

    [[nodiscard]] std::unique_ptr<plexus::Work> plan(plexus::PlanContext& c) const override {
        return std::make_unique<MeanOnlyNormalizationWork>(c, momentum);
    }

    double momentum;
    plexus::TypedValue beta_initializer;
};

}  // namespace

PLEXUS_PLUGIN("mean_only_normalization", "1.0.0", registry) {
    registry.layer<MeanOnlyNormalization>("mean_only_normalization", "Gives each channel a learnt mean over the batch")
        .attribute("momentum", 0.9, "share of the moving mean that a step keeps")
        .range(0, 1)
        .typed("beta_initializer", plexus::Kind::initializer, "zeros", "first values of beta")
        .formula("y = x - mean + beta")
        .shapes("x                  [N, ..., C]\nbeta, moving_mean  [C]\ny                  [N, ..., C]");
}
