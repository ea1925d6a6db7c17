#include <cmath>
#include <optional>
#include <vector>

#include "kernels/elementwise.hpp"
#include "normalization.hpp"

namespace plexus::normalization {
namespace {

using kernels::Doubles;
using kernels::Floats;
using kernels::HalfDoubles;
using Role = Operand::Role;

/// What a node's attributes say.
struct Settings {
    double epsilon;
    std::optional<std::size_t> gamma;  ///< the parameter's index
    std::optional<std::size_t> beta;
};

constexpr Operand input{Role::input, 0}, output{Role::output, 0}, moments{Role::saved, 0};
constexpr Operand output_gradient{Role::output_gradient, 0}, input_gradient{Role::input_gradient, 0};

/// The mean of a row as a float and what rounding left of it: a mean far from 0 costs no digits of x - mean.
struct Centre {
    float mean;
    float rest;

    explicit Centre(double value)
        : mean{static_cast<float>(value)}, rest{static_cast<float>(value - static_cast<double>(mean))} {}

    [[gnu::always_inline]] Floats deviations(const Floats& x) const { return (x - mean) - rest; }
};

/// The sum, in double, of what `op` makes of vectors of equal places; places beyond the end are 0, and op must make 0
/// of them. Inline: for use inside dispatch().
template <class Op, class... T>
[[gnu::always_inline]] inline double sum_over(const Op& op, std::size_t n, const T*... arrays) {
    HalfDoubles low{}, high{};
    kernels::sweep(
        [&](const auto&... v) __attribute__((always_inline)) {
            const Doubles term = op(v...);
            low += kernels::lower(term);
            high += kernels::upper(term);
        },
        n, arrays...);
    const HalfDoubles sum = low + high;
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/// With r = 1 / sqrt(variance + epsilon) of a row, which is kept with its mean from forward to backward:
///     forward   y = (x - mean) r gamma + beta
///     backward  dx = r (g - mean of g - z mean of g z),  z = (x - mean) r,  g = dy gamma
///               dbeta = sum of dy, dgamma = sum of dy z over the rows of the shard, in double in the worker's memory
class LayerNormalizationWork final : public Work {
public:
    LayerNormalizationWork(PlanContext& c, const Settings& settings)
        : settings_{settings}, features_{static_cast<std::size_t>(c.input(0).shape.back())} {
        Stage forward{.name = "forward", .reads = {input}, .writes = {output}, .in_place = {{output, input}}};
        Stage backward{.name = "backward", .reads = {input, moments, output_gradient}};
        if (settings.gamma) {
            forward.reads.push_back({Role::parameter, *settings.gamma});
            backward.reads.push_back({Role::parameter, *settings.gamma});
        }
        if (settings.beta)
            forward.reads.push_back({Role::parameter, *settings.beta});
        if (c.training())
            forward.writes.push_back(moments);
        forward_ = c.forward(std::move(forward));
        if (!c.training() || !c.wants_gradient())
            return;
        if (c.wants_input_gradient(0)) {
            backward.writes.push_back(input_gradient);
            backward.in_place = {{input_gradient, output_gradient}};
        }
        if (c.wants_parameter_gradient()) {
            for (const auto& parameter : {settings.gamma, settings.beta})
                if (parameter)
                    backward.writes.push_back({Role::parameter_gradient, *parameter});
            backward.scratch = 2 * features_ * sizeof(double);
        }
        c.backward(std::move(backward));
    }

    void run(const StageContext& c) const override {
        if (c.stage() == forward_)
            forward(c);
        else
            backward(c);
    }

private:
    void forward(const StageContext& c) const {
        const float* const x = c.input(0).as().data();
        float* const y = c.output(0).as().data();
        double* const kept = c.training() ? c.saved(0).as<double>().data() : nullptr;
        const float* const gamma = settings_.gamma ? c.parameter(*settings_.gamma).as().data() : nullptr;
        const float* const beta = settings_.beta ? c.parameter(*settings_.beta).as().data() : nullptr;
        const double epsilon = settings_.epsilon;
        const std::size_t n = features_;
        const std::size_t rows = c.input(0).as().size() / n;
        kernels::dispatch([=]() __attribute__((always_inline)) {
            for (std::size_t row = 0; row < rows; ++row) {
                float* const to = y + row * n;
                const double mean = mean_of(x + row * n, n);
                const Centre centre{mean};
                kernels::sweep(
                    [=](const Floats& v, Floats& d) __attribute__((always_inline)) { d = centre.deviations(v); }, n,
                    x + row * n, to);
                const double squares = sum_over(
                    [](const Floats& d)
                        __attribute__((always_inline)) { return kernels::to_doubles(d) * kernels::to_doubles(d); },
                    n, to);
                const double inverse = 1 / std::sqrt(squares / static_cast<double>(n) + epsilon);
                if (kept != nullptr) {
                    kept[2 * row] = mean;
                    kept[2 * row + 1] = inverse;
                }
                scale(to, static_cast<float>(inverse), gamma, beta, n);
            }
        });
    }

    [[gnu::always_inline]] static double mean_of(const float* x, std::size_t n) {
        return sum_over(
                   [](const Floats& v) __attribute__((always_inline)) { return kernels::to_doubles(v); }, n, x) /
               static_cast<double>(n);
    }

    /// Of deviations: times r and gamma, plus beta, where there are these.
    [[gnu::always_inline]] static void scale(float* y, float r, const float* gamma, const float* beta, std::size_t n) {
        if (gamma != nullptr)
            kernels::sweep(
                [=](const Floats& factor, Floats& v) __attribute__((always_inline)) { v = v * r * factor; }, n, gamma,
                y);
        else
            kernels::sweep(
                [=](Floats & v) __attribute__((always_inline)) { v = v * r; }, n, y);
        if (beta != nullptr)
            kernels::sweep(
                [](const Floats& term, Floats& v) __attribute__((always_inline)) { v += term; }, n, beta, y);
    }

    void backward(const StageContext& c) const {
        const float* const x = c.input(0).as().data();
        const float* const dy = c.output_gradient(0).as().data();
        const double* const kept = c.saved(0).as<double>().data();
        const float* const gamma = settings_.gamma ? c.parameter(*settings_.gamma).as().data() : nullptr;
        const Tensor dx = c.input_gradient(0);
        float* const to = dx ? dx.as().data() : nullptr;
        const std::size_t n = features_;
        const std::size_t rows = c.input(0).as().size() / n;
        auto* const sums = reinterpret_cast<double*>(c.scratch().data());
        const bool summed = !c.scratch().empty();
        if (summed)
            std::fill_n(sums, 2 * n, 0.0);
        kernels::dispatch([=]() __attribute__((always_inline)) {
            for (std::size_t row = 0; row < rows; ++row) {
                const std::size_t at = row * n;
                const Centre centre{kept[2 * row]};
                const auto r = static_cast<float>(kept[2 * row + 1]);
                // Before dx is written, which may have the memory of dy.
                if (summed)
                    add_parameter_gradients(x + at, dy + at, centre, r, n, sums, sums + n);
                if (to != nullptr)
                    input_gradient_of(x + at, dy + at, gamma, centre, r, n, to + at);
            }
        });
        store_sums(c, sums);
    }

    [[gnu::always_inline]] static void add_parameter_gradients(const float* x, const float* dy, const Centre& centre,
                                                               float r, std::size_t n, double* weighted,
                                                               double* plain) {
        kernels::sweep(
            [=](const Floats& v, const Floats& slope, Doubles& gamma_sum, Doubles& beta_sum)
                __attribute__((always_inline)) {
                    gamma_sum += kernels::to_doubles(slope * (centre.deviations(v) * r));
                    beta_sum += kernels::to_doubles(slope);
                },
            n, x, dy, weighted, plain);
    }

    [[gnu::always_inline]] static void input_gradient_of(const float* x, const float* dy, const float* gamma,
                                                         const Centre& centre, float r, std::size_t n, float* dx) {
        // dx holds g from here on.
        if (gamma != nullptr)
            kernels::sweep(
                [](const Floats& slope, const Floats& factor, Floats& g)
                    __attribute__((always_inline)) { g = slope * factor; },
                n, dy, gamma, dx);
        else if (dx != dy)
            std::copy_n(dy, n, dx);
        const auto count = static_cast<double>(n);
        const auto plain = static_cast<float>(mean_of(dx, n));
        const double products = sum_over(
            [=](const Floats& v, const Floats& g)
                __attribute__((always_inline)) { return kernels::to_doubles(g * (centre.deviations(v) * r)); },
            n, x, static_cast<const float*>(dx));
        const auto slope = static_cast<float>(products / count);
        kernels::sweep(
            [=](const Floats& v, Floats& g)
                __attribute__((always_inline)) { g = r * ((g - plain) - (centre.deviations(v) * r) * slope); },
            n, x, dx);
    }

    /// Of a shard: {dgamma, dbeta}, where they are wanted.
    void store_sums(const StageContext& c, const double* sums) const {
        for (const auto& parameter : {settings_.gamma, settings_.beta}) {
            if (parameter && c.parameter_gradient(*parameter))
                for (std::size_t i = 0; i < features_; ++i)
                    c.parameter_gradient(*parameter).as()[i] = static_cast<float>(sums[i]);
            sums += features_;
        }
    }

    Settings settings_;
    std::size_t features_;
    std::size_t forward_;
};

/// Shifts and scales the last dimension so that it has mean 0 and variance 1, then by what it learns: each place of
/// each sample by itself, so it is the same in training and in inference.
///   x            [N, ..., F]  float32
///   y            like x       (x - mean) / sqrt(variance + epsilon) gamma + beta
///   gamma, beta  [F]          parameters, with `scale` and `center`
/// The moments are in double, and kept from forward to backward. Names and defaults are Keras's; PyTorch's epsilon is
/// 1e-5.
/// Refused while planning: an input of one dimension or without features.
/// Source: Ba, Kiros and Hinton 2016, arXiv 1607.06450.
struct LayerNormalization final : Layer {
    explicit LayerNormalization(const Attributes& a)
        : gamma_initializer_{a.typed("gamma_initializer")},
          beta_initializer_{a.typed("beta_initializer")},
          settings_{.epsilon = a.get<double>("epsilon"), .gamma = {}, .beta = {}} {
        std::size_t parameters = 0;
        if (a.get<bool>("scale"))
            settings_.gamma = parameters++;
        if (a.get<bool>("center"))
            settings_.beta = parameters++;
    }

    void infer(InferContext& c) const override {
        const TensorType& x = c.input(0);
        if (x.shape.rank() < 2)
            throw c.error(text("input has shape ", c.source(0), "; [batch, ..., features] is wanted"));
        const std::int64_t features = x.shape.back();
        if (features < 1)
            throw c.error(text("input has shape ", c.source(0), "; there must be at least one feature in it"));
        c.output(0, x);
        if (settings_.gamma)
            c.parameter("gamma", {features}, gamma_initializer_);
        if (settings_.beta)
            c.parameter("beta", {features}, beta_initializer_);
        c.saved("moments", {x.shape.with(x.shape.rank() - 1, 2), Element::float64});
    }

    [[nodiscard]] std::unique_ptr<Work> plan(PlanContext& c) const override {
        return std::make_unique<LayerNormalizationWork>(c, settings_);
    }

    TypedValue gamma_initializer_;
    TypedValue beta_initializer_;
    Settings settings_;
};

}  // namespace

void add_layer_normalization(Registry& registry) {
    registry.layer<LayerNormalization>("layer_normalization", "Gives the features of each place mean 0 and variance 1")
        .attribute("epsilon", 1e-3, "added to the variance")
        .above(0)
        .attribute("center", true, "learns an offset, beta")
        .attribute("scale", true, "learns a factor, gamma")
        .typed("beta_initializer", Kind::initializer, "zeros", "first values of beta")
        .typed("gamma_initializer", Kind::initializer, "ones", "first values of gamma")
        .formula("y = (x - mean) / sqrt(variance + epsilon) gamma + beta")
        .shapes("x            [N, ..., F]\ny            [N, ..., F]\ngamma, beta  [F]");
}

}  // namespace plexus::normalization
