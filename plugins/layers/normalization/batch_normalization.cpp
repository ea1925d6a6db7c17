#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <variant>

#include "kernels/elementwise.hpp"
#include "kernels/moments.hpp"
#include "kernels/rectifiers.hpp"
#include "normalization.hpp"

namespace plexus::normalization {
namespace {

using kernels::Doubles;
using kernels::Floats;
using Role = Operand::Role;

/// What a node's attributes say.
struct Settings {
    double momentum;
    double epsilon;
    bool unbiased;
    std::optional<std::size_t> gamma;  ///< the parameter's index
    std::optional<std::size_t> beta;
};

constexpr Operand input{Role::input, 0}, output{Role::output, 0};
constexpr Operand output_gradient{Role::output_gradient, 0}, input_gradient{Role::input_gradient, 0};
constexpr Operand moments{Role::partial, 0}, all_moments{Role::combined, 0};
constexpr Operand sums{Role::partial, 1}, all_sums{Role::combined, 1};
constexpr Operand moving_mean{Role::state, 0}, moving_variance{Role::state, 1};
constexpr Operand mean{Role::shared, 0}, inverse{Role::shared, 1}, means_of_gradient{Role::shared, 2};

/// In training, with M = all rows of the batch, and r = 1 / sqrt(variance + epsilon):
///     moments      per shard   count, mean and squared deviations of its rows (partial 0)
///     statistics   batch       merged moments -> mean, r (shared 0, 1) and the moving averages
///     normalise    per shard   v = (x - mean) r gamma + beta, y = v or the rectifier's value of it
///     sums         per shard   sum of dy, sum of dy (x - mean) (partial 1)
///     parameters   batch       merged sums -> dbeta, dgamma; sum dy / M, r^2 sum dy (x - mean) / M (shared 2)
///     gradient     per shard   dx = gamma r (dy - shared 2 [0] - (x - mean) shared 2 [1])
/// A relu or leaky relu behind it is its own work: where the sums and the gradient say dy, it is the gradient of v
/// then, which is made anew, as it costs less than a tensor to be read. Shared 0 holds the mean as a float and what
/// rounding left of it, which goes into the sums' constants: a mean far from 0 costs no digits of x - mean. In
/// inference there is `apply` alone, with the moving averages.
class BatchNormalizationWork final : public Work {
public:
    BatchNormalizationWork(PlanContext& c, const Settings& settings)
        : settings_{settings}, channels_{static_cast<std::size_t>(c.input(0).shape.back())} {
        for (const Neighbour& behind : c.absorbed())
            rectifier_ = *kernels::rectifier_of(behind.does);
        const std::size_t scratch = 2 * channels_ * sizeof(float);
        std::vector<Operand> factors;
        if (settings.gamma)
            factors.push_back({Role::parameter, *settings.gamma});
        std::vector<Operand> terms = factors;
        if (settings.beta)
            terms.push_back({Role::parameter, *settings.beta});
        const auto join = [](std::vector<Operand> list, const std::vector<Operand>& more) {
            list.insert(list.end(), more.begin(), more.end());
            return list;
        };
        if (c.mode() == Mode::inference) {
            apply_ = c.forward({.name = "apply",
                                .reads = join({input, moving_mean, moving_variance}, terms),
                                .writes = {output},
                                .in_place = {{output, input}},
                                .scratch = 2 * scratch});
            return;
        }
        moments_ = c.forward({.name = "moments", .reads = {input}, .writes = {moments}});
        statistics_ = c.forward({.name = "statistics",
                                 .over = Over::batch,
                                 .reads = {all_moments, moving_mean, moving_variance},
                                 .writes = {moving_mean, moving_variance, mean, inverse}});
        normalise_ = c.forward({.name = "normalise",
                                .reads = join({input, mean, inverse}, terms),
                                .writes = {output},
                                .in_place = {{output, input}},
                                .scratch = scratch});
        if (!c.training() || !c.wants_gradient())
            return;
        const bool straight = std::holds_alternative<kernels::Straight>(rectifier_);
        Stage adding{.name = "sums", .reads = {output_gradient, input, mean}, .writes = {sums}};
        if (!straight) {
            adding.reads = join({output_gradient, input, mean, inverse}, terms);
            adding.scratch = scratch;
        }
        sums_ = c.backward(std::move(adding));
        Stage parameters{.name = "parameters",
                         .over = Over::batch,
                         .reads = {all_sums, all_moments, mean, inverse},
                         .writes = {means_of_gradient}};
        if (c.wants_parameter_gradient())
            for (const Operand& parameter : terms)
                parameters.writes.push_back({Role::parameter_gradient, parameter.index});
        parameters_ = c.backward(std::move(parameters));
        if (c.wants_input_gradient(0))
            gradient_ = c.backward(
                {.name = "gradient",
                 .reads = join({output_gradient, input, mean, inverse, means_of_gradient}, straight ? factors : terms),
                 .writes = {input_gradient},
                 .in_place = {{input_gradient, output_gradient}},
                 .scratch = scratch});
    }

    void run(const StageContext& c) const override {
        if (c.stage() == apply_)
            apply(c);
        else if (c.stage() == moments_)
            kernels::moments(c.input(0).as().data(), rows(c.input(0)), channels_, c.partial(0));
        else if (c.stage() == statistics_)
            statistics(c);
        else if (c.stage() == normalise_)
            normalise(c, c.shared(0).as().data(), c.shared(0).as().data() + channels_, c.shared(1).as().data(),
                      c.scratch());
        else if (c.stage() == sums_)
            gradient_sums(c);
        else if (c.stage() == parameters_)
            parameter_gradients(c);
        else
            gradient(c);
    }

private:
    [[nodiscard]] std::size_t rows(const ConstTensor& x) const {
        return static_cast<std::size_t>(x.shape().elements()) / channels_;
    }

    [[nodiscard]] float inverse_deviation(double variance) const {
        return static_cast<float>(1 / std::sqrt(variance + settings_.epsilon));
    }

    /// r gamma, or r where there is no gamma.
    void scale(const StageContext& c, const float* inverse_deviations, float* to) const {
        const float* gamma = settings_.gamma ? c.parameter(*settings_.gamma).as().data() : nullptr;
        for (std::size_t k = 0; k < channels_; ++k)
            to[k] = gamma == nullptr ? inverse_deviations[k] : inverse_deviations[k] * gamma[k];
    }

    void apply(const StageContext& c) const {
        const auto scratch = c.scratch();
        auto* const inverse_deviations = reinterpret_cast<float*>(scratch.data());
        const auto variances = c.state(1).as();
        for (std::size_t k = 0; k < channels_; ++k)
            inverse_deviations[k] = inverse_deviation(variances[k]);
        normalise(c, c.state(0).as().data(), nullptr, inverse_deviations, scratch.subspan(channels_ * sizeof(float)));
    }

    /// v = (x - mean) scale + offset, as each stage that wants it writes it into its scratch.
    struct Line {
        const float* scales;
        const float* offsets;
    };

    Line line(const StageContext& c, const float* rests, const float* inverse_deviations,
              std::span<std::byte> scratch) const {
        auto* const scales = reinterpret_cast<float*>(scratch.data());
        float* const offsets = scales + channels_;
        scale(c, inverse_deviations, scales);
        for (std::size_t k = 0; k < channels_; ++k)
            offsets[k] = (settings_.beta ? c.parameter(*settings_.beta).as()[k] : 0.0F) -
                         (rests == nullptr ? 0.0F : rests[k] * scales[k]);
        return {scales, offsets};
    }

    void normalise(const StageContext& c, const float* means, const float* rests, const float* inverse_deviations,
                   std::span<std::byte> scratch) const {
        const Line written = line(c, rests, inverse_deviations, scratch);
        const kernels::Repeated<float> centre{means, channels_}, factor{written.scales, channels_},
            term{written.offsets, channels_};
        const float *const m = centre.data(), *const s = factor.data(), *const o = term.data();
        const float* const x = c.input(0).as().data();
        float* const y = c.output(0).as().data();
        const std::size_t size = c.input(0).as().size();
        const std::size_t width = kernels::width_of(channels_);
        std::visit(
            [=](const auto rectifier) {
                kernels::dispatch_fused([=]() __attribute__((always_inline)) {
                    for (std::size_t at = 0; at < size; at += width)
                        kernels::sweep(
                            [rectifier](const Floats& v, const Floats& mean_of, const Floats& scale_of,
                                        const Floats& offset_of, Floats& to) __attribute__((always_inline)) {
                                to = rectifier.value((v - mean_of) * scale_of + offset_of);
                            },
                            std::min(width, size - at), x + at, m, s, o, y + at);
                });
            },
            rectifier_);
    }

    void statistics(const StageContext& c) const {
        const auto merged = c.combined(0);
        const double count = merged[0];
        const double correction = settings_.unbiased ? count / std::max(count - 1, 1.0) : 1.0;
        const bool estimating = c.mode() == Mode::estimate;
        const double share = estimating ? c.estimate_share() : 1 - settings_.momentum;
        const auto renew = [&](float& state, double value) {
            // The first estimate replaces whatever there was, even a NaN.
            state = static_cast<float>(estimating && share >= 1 ? value : state + share * (value - state));
        };
        const auto means = c.state(0).as();
        const auto variances = c.state(1).as();
        for (std::size_t k = 0; k < channels_; ++k) {
            const double average = merged[1 + k];
            const double variance = merged[1 + channels_ + k] / count;
            const auto rounded = static_cast<float>(average);
            c.shared(0).as()[k] = rounded;
            c.shared(0).as()[channels_ + k] = static_cast<float>(average - rounded);
            c.shared(1).as()[k] = inverse_deviation(variance);
            renew(means[k], average);
            renew(variances[k], variance * correction);
        }
    }

    void gradient_sums(const StageContext& c) const {
        const auto partial = c.partial(1);
        const float* const means = c.shared(0).as().data();
        const bool straight = std::holds_alternative<kernels::Straight>(rectifier_);
        // Without a rectifier nobody asks for v: any numbers will do for its line.
        const Line written =
            straight ? Line{means, means} : line(c, means + channels_, c.shared(1).as().data(), c.scratch());
        const kernels::Repeated<float> centre{means, channels_}, factor{written.scales, channels_},
            term{written.offsets, channels_};
        const kernels::RepeatedSums plain_sums{partial.first(channels_), channels_};
        const kernels::RepeatedSums weighted_sums{partial.subspan(channels_), channels_};
        double *const plain = plain_sums.data(), *const weighted = weighted_sums.data();
        const std::array constants{centre.data(), factor.data(), term.data()};
        const float* const x = c.input(0).as().data();
        const float* const dy = c.output_gradient(0).as().data();
        const std::size_t size = c.input(0).as().size();
        const std::size_t width = kernels::width_of(channels_);
        std::visit(
            [=](const auto rectifier) {
                kernels::dispatch_wide([=](auto wide) __attribute__((always_inline)) {
                    kernels::sum_over_rows(
                        wide,
                        [rectifier](Doubles & sum, Doubles & product, const Floats& mean_of, const Floats& scale_of,
                                    const Floats& offset_of, const Floats& g, const Floats& v)
                            __attribute__((always_inline)) {
                                const Floats centred = v - mean_of;
                                sum = kernels::to_doubles(rectifier.gradient(centred * scale_of + offset_of, g));
                                product = sum * kernels::to_doubles(centred);
                            },
                        size, width, plain, weighted, constants, dy, x);
                });
            },
            rectifier_);
        plain_sums.fold();
        weighted_sums.fold();
    }

    void parameter_gradients(const StageContext& c) const {
        const double count = c.combined(0)[0];
        const auto merged = c.combined(1);
        const auto inverse_deviations = c.shared(1).as();
        const float* const rests = c.shared(0).as().data() + channels_;
        const auto shares = c.shared(2).as();
        const Tensor dgamma = settings_.gamma ? c.parameter_gradient(*settings_.gamma) : Tensor{};
        const Tensor dbeta = settings_.beta ? c.parameter_gradient(*settings_.beta) : Tensor{};
        for (std::size_t k = 0; k < channels_; ++k) {
            const double r = inverse_deviations[k];
            const double plain = merged[k];
            const double rest = rests[k];
            const double weighted = merged[channels_ + k] - rest * plain;
            const double slope = weighted * r * r / count;
            if (dbeta)
                dbeta.as()[k] = static_cast<float>(plain);
            if (dgamma)
                dgamma.as()[k] = static_cast<float>(weighted * r);
            shares[k] = static_cast<float>(plain / count - rest * slope);
            shares[channels_ + k] = static_cast<float>(slope);
        }
    }

    void gradient(const StageContext& c) const {
        const float* const means = c.shared(0).as().data();
        Line written{};  // of v, of which only a rectifier asks for more than the scales
        if (std::holds_alternative<kernels::Straight>(rectifier_)) {
            auto* const scales = reinterpret_cast<float*>(c.scratch().data());
            scale(c, c.shared(1).as().data(), scales);
            written = {scales, scales};
        } else {
            written = line(c, means + channels_, c.shared(1).as().data(), c.scratch());
        }
        const float* const constants = c.shared(2).as().data();
        const kernels::Repeated<float> centre{means, channels_}, factor{written.scales, channels_},
            term{written.offsets, channels_}, plain{constants, channels_}, slope{constants + channels_, channels_};
        const float *const m = centre.data(), *const s = factor.data(), *const o = term.data(), *const p = plain.data(),
                           *const w = slope.data();
        const float* const x = c.input(0).as().data();
        const float* const dy = c.output_gradient(0).as().data();
        float* const dx = c.input_gradient(0).as().data();
        const std::size_t size = c.input(0).as().size();
        const std::size_t width = kernels::width_of(channels_);
        std::visit(
            [=](const auto rectifier) {
                kernels::dispatch_fused([=]() __attribute__((always_inline)) {
                    for (std::size_t at = 0; at < size; at += width)
                        kernels::sweep(
                            [rectifier](const Floats& g, const Floats& v, const Floats& mean_of, const Floats& scale_of,
                                        const Floats& offset_of, const Floats& plain_of, const Floats& slope_of,
                                        Floats& d) __attribute__((always_inline)) {
                                const Floats centred = v - mean_of;
                                const Floats own = rectifier.gradient(centred * scale_of + offset_of, g);
                                d = scale_of * ((own - plain_of) - centred * slope_of);
                            },
                            std::min(width, size - at), dy + at, x + at, m, s, o, p, w, dx + at);
                });
            },
            rectifier_);
    }

    static constexpr auto none = static_cast<std::size_t>(-1);
    Settings settings_;
    std::size_t channels_;
    kernels::Rectifier rectifier_;
    std::size_t apply_ = none;
    std::size_t moments_ = none;
    std::size_t statistics_ = none;
    std::size_t normalise_ = none;
    std::size_t sums_ = none;
    std::size_t parameters_ = none;
    std::size_t gradient_ = none;
};

/// Shifts and scales each channel so that over the batch it has mean 0 and variance 1, then by what it learns.
///   x                [N, ..., C]  float32
///   y                like x       (x - mean) / sqrt(variance + epsilon) gamma + beta
///   gamma, beta      [C]          parameters, with `scale` and `center`
///   moving_mean      [C]          state, 0 at first: momentum moving_mean + (1 - momentum) mean, and
///   moving_variance  [C]          state, 1 at first, likewise: used instead of the batch's in inference
/// The batch is the whole batch, however it is sharded; its moments are in double. An estimate pass replaces both
/// states by the mean of the batches', weighted by their samples. Names and defaults are Keras's; PyTorch's layer is
/// {momentum: 0.9, epsilon: 1e-5, unbiased: true}.
/// Refused while planning: an input of one dimension or of another element type.
/// Source: Ioffe and Szegedy 2015, arXiv 1502.03167.
struct BatchNormalization final : Layer {
    explicit BatchNormalization(const Attributes& a)
        : gamma_initializer_{a.typed("gamma_initializer")},
          beta_initializer_{a.typed("beta_initializer")},
          settings_{.momentum = a.get<double>("momentum"),
                    .epsilon = a.get<double>("epsilon"),
                    .unbiased = a.get<bool>("unbiased"),
                    .gamma = {},
                    .beta = {}} {
        std::size_t parameters = 0;
        if (a.get<bool>("scale"))
            settings_.gamma = parameters++;
        if (a.get<bool>("center"))
            settings_.beta = parameters++;
    }

    void infer(InferContext& c) const override {
        const TensorType& x = c.input(0);
        if (x.shape.rank() < 2)
            throw c.error(text("input has shape ", c.source(0), "; [batch, ..., channels] is wanted"));
        const std::int64_t channels = x.shape.back();
        c.output(0, x);
        if (settings_.gamma)
            c.parameter("gamma", {channels}, gamma_initializer_);
        if (settings_.beta)
            c.parameter("beta", {channels}, beta_initializer_);
        c.state("moving_mean", {channels}, 0, Estimate::for_averages);
        c.state("moving_variance", {channels}, 1, Estimate::for_averages);
        c.partial("moments", kernels::moments_size(static_cast<std::size_t>(channels)));
        c.partial("gradient_sums", 2 * static_cast<std::size_t>(channels));
        c.shared("mean", {{2, channels}});
        c.shared("inverse_deviation", {{channels}});
        c.shared("gradient_means", {{2, channels}});
    }

    [[nodiscard]] Description describe() const override {
        return {"BatchNormalization",
                {{"epsilon", settings_.epsilon},
                 {"scale", settings_.gamma ? 1.0 : 0.0},
                 {"center", settings_.beta ? 1.0 : 0.0}}};
    }

    /// A rectifier behind it costs nothing beside reading and writing each value.
    [[nodiscard]] bool absorbs(const Neighbour& neighbour, std::span<const Neighbour> so_far, Mode) const override {
        return neighbour.side == Neighbour::Side::after && so_far.empty() && kernels::rectifier_of(neighbour.does);
    }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override {
        return std::make_unique<BatchNormalizationWork>(c, settings_);
    }

    void merge(std::size_t partial, std::span<double> into, std::span<const double> from) const override {
        if (partial == 0)
            kernels::merge_moments(into, from);
        else
            Layer::merge(partial, into, from);
    }

    TypedValue gamma_initializer_;
    TypedValue beta_initializer_;
    Settings settings_;
};

}  // namespace

void add_batch_normalization(Registry& registry) {
    registry.layer<BatchNormalization>("batch_normalization", "Gives each channel mean 0 and variance 1 over the batch")
        .attribute("momentum", 0.99, "share of the moving averages that a step keeps")
        .range(0, 1)
        .attribute("epsilon", 1e-3, "added to the variance")
        .above(0)
        .attribute("center", true, "learns an offset, beta")
        .attribute("scale", true, "learns a factor, gamma")
        .typed("beta_initializer", Kind::initializer, "zeros", "first values of beta")
        .typed("gamma_initializer", Kind::initializer, "ones", "first values of gamma")
        .attribute("unbiased", false, "moving_variance divides by the count less one, as in PyTorch")
        .formula("y = (x - mean) / sqrt(variance + epsilon) gamma + beta")
        .shapes(
            "x                             [N, ..., C]\ny                             [N, ..., C]\n"
            "gamma, beta                   [C]\nmoving_mean, moving_variance  [C]");
}

}  // namespace plexus::normalization
