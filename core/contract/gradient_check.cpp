#include "core/contract/gradient_check.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "core/contract/running.hpp"
#include "plexus/random.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr double steps[] = {4e-3, 1e-3};
constexpr double tolerance = 5e-3;     // of the sum of the sizes of all terms
constexpr std::uint32_t in_all = 2;    // directions in all elements
constexpr std::uint32_t classes = 14;  // further ones: every 14th element, so that one of hundreds still counts

// What inputs hold. Few directions are enough where something is looked for that many elements have in common.
struct Pass {
    enum class Zeros : std::uint8_t { none, scattered, sample };
    float scale;
    Zeros zeros;
    std::uint32_t directions;
    const char* inputs;  // as a finding has it
    std::int64_t batch = odd_batch;
    std::uint32_t first = 0;  // of the directions: in a large batch those in all elements cross too many kinks
};

constexpr Pass passes[] = {
    {1, Pass::Zeros::none, in_all + classes, ""},
    {4, Pass::Zeros::none, in_all + 2, ", inputs 4 times as large"},  // beyond a clamp, where a series breaks
    {0.05F, Pass::Zeros::none, in_all, ", inputs 20 times smaller"},  // where a constant below a root counts
    {1, Pass::Zeros::scattered, in_all + 2, ", zeros among the inputs"},
    {1, Pass::Zeros::sample, in_all, ", one sample all zeros"},
    {1, Pass::Zeros::none, in_all + 2, ", a batch of 20", 20, in_all},
};

// Normal numbers in some elements, nothing in the others; each times how far its element may be moved.
std::vector<float> direction(std::span<const float> reach, std::uint32_t seed, std::uint32_t number) {
    std::vector<float> values(reach.size());
    const bool all = number < in_all || reach.size() <= classes;
    for (std::uint32_t i = all ? 0 : number - in_all; i < reach.size(); i += all ? 1 : classes) {
        const auto words = philox({seed, number}, {0, i, 1});
        values[i] = reach[i] * static_cast<float>(normal(words[0], words[1])[0]);
    }
    return values;
}

class Slopes {
public:
    Slopes(Running& running, Array& moved)
        : running_(running), moved_(moved), origin_(moved.as().begin(), moved.as().end()), here_(value({}, 0)) {}

    struct Numeric {
        double slope;
        double kink;   // how far apart the slopes are that a smooth function would have in common
        double noise;  // what rounding of outputs may make of the slope
    };

    Numeric at(const std::vector<float>& along, double step) {
        const auto one_sided = [&](double h) { return (value(along, h) - here_) / h; };
        const double right = one_sided(step), right_half = one_sided(step / 2);
        const double left = one_sided(-step), left_half = one_sided(-step / 2);
        // In the middle the errors of first and second order cancel. Where the function is smooth both sides agree, and
        // what halving the step changes on one side it changes back on the other; a kink close by breaks the first,
        // one further off the second.
        return {(4 * (right_half + left_half) / 2 - (right + left) / 2) / 3,
                std::max(std::abs(2 * right_half - right - (2 * left_half - left)),
                         std::abs(right - right_half + left - left_half)),
                10 * noise_ / step};
    }

private:
    // sum(output * output gradient), and what rounding may make of it.
    double value(std::span<const float> along, double distance) {
        auto values = moved_.as();
        for (std::size_t i = 0; i < along.size(); ++i)
            values[i] = origin_[i] + static_cast<float>(distance) * along[i];
        running_.run();
        std::ranges::copy(origin_, values.begin());
        double sum = 0, squares = 0;
        for (std::size_t port = 0; port < running_.layer().outputs(); ++port) {
            const auto y = std::as_const(running_.layer()).output(port).as();
            const auto dy = std::as_const(running_.layer().output_gradient(port)).as();
            for (std::size_t i = 0; i < y.size(); ++i) {
                const double term = static_cast<double>(y[i]) * dy[i];
                sum += term;
                squares += term * term;
            }
        }
        noise_ = 1e-7 * std::sqrt(squares);
        return sum;
    }

    Running& running_;
    Array& moved_;
    std::vector<float> origin_;
    double noise_ = 0;
    double here_;
};

enum class Verdict : std::uint8_t { right, wrong, kink };

struct Expected {
    double slope;
    double size;  // the sum of the sizes of its terms
};

// `inner` is what rounding within the layer may make of the slope. A slope that is no number says nothing.
Verdict judge(const Slopes::Numeric& numeric, double inner, const Expected& expected) {
    if (!std::isfinite(numeric.slope) || !std::isfinite(numeric.kink))
        return Verdict::kink;
    const double size = std::abs(numeric.slope), noise = numeric.noise + inner;
    // Where backward says what is no number, nothing but a slope that is plainly there makes it wrong.
    if (!std::isfinite(expected.slope))
        return size > 10 * noise && numeric.kink < 0.1 * size ? Verdict::wrong : Verdict::kink;
    const double limit = tolerance * std::max(expected.size, size) + noise;
    if (numeric.kink > limit / 2)
        return Verdict::kink;
    if (std::abs(numeric.slope - expected.slope) <= limit)
        return Verdict::right;
    // A gradient that is huge, as at the foot of a root, must not make a kink look small.
    return numeric.kink > 0.1 * size + numeric.noise ? Verdict::kink : Verdict::wrong;
}

// One array that a slope may be taken along, and what backward() says of it.
class Comparison {
public:
    /// `reach` is how far elements may be moved; `noise` what rounding within the layer may make of a value.
    Comparison(Running& running, Array& moved, const Array& gradient, std::vector<float> reach, double noise)
        : slopes_(running, moved),
          analytic_(gradient.as().begin(), gradient.as().end()),
          reach_(std::move(reach)),
          noise_(noise) {}

    /// Elements whose gradient is no number are left out: they are asked for one by one.
    [[nodiscard]] std::vector<float> along(std::uint32_t seed, std::uint32_t number) const {
        std::vector<float> values = direction(reach_, seed, number);
        for (std::size_t i = 0; i < values.size(); ++i)
            if (!std::isfinite(analytic_[i]))
                values[i] = 0;
        return values;
    }

    [[nodiscard]] std::vector<std::size_t> not_finite() const {
        constexpr std::size_t enough = 4;
        std::vector<std::size_t> elements;
        for (std::size_t i = 0; i < analytic_.size() && elements.size() < enough; ++i)
            if (!std::isfinite(analytic_[i]))
                elements.push_back(i);
        return elements;
    }

    Verdict verdict(const std::vector<float>& along) {
        Expected expected{0, 0};
        for (std::size_t i = 0; i < analytic_.size(); ++i)
            if (along[i] != 0) {
                expected.slope += static_cast<double>(analytic_[i]) * along[i];
                expected.size += std::abs(static_cast<double>(analytic_[i]) * along[i]);
            }
        // Kinks that hide each other at one step do not at another; a wrong gradient is wrong at both.
        Verdict verdict = Verdict::kink;
        for (const double step : steps)
            if (verdict != Verdict::right) {
                const Slopes::Numeric numeric = slopes_.at(along, step);
                numeric_ = numeric.slope;
                verdict = judge(numeric, 10 * noise_ / step, expected);
            }
        return verdict;
    }

    // An element at which the gradient is wrong by itself, among those of a direction along which it is. Where several
    // kinks hid each other there is none: along one element a kink shows.
    std::optional<std::size_t> wrong_element(std::span<const std::size_t> among, const std::vector<float>& whole) {
        std::vector<float> along(analytic_.size());
        for (const std::size_t i : among)
            along[i] = among.size() == 1 ? reach_[i] : whole[i];
        if (verdict(along) != Verdict::wrong)
            return {};
        if (among.size() == 1) {
            numeric_ /= reach_[among.front()];
            return among.front();
        }
        const std::size_t half = among.size() / 2;
        const auto first = wrong_element(among.first(half), whole);
        return first ? first : wrong_element(among.subspan(half), whole);
    }

    [[nodiscard]] double numeric() const noexcept { return numeric_; }  ///< of the last verdict
    [[nodiscard]] float analytic(std::size_t i) const { return analytic_[i]; }

private:
    Slopes slopes_;
    std::vector<float> analytic_;  // taken after the run that slopes_ begins with
    std::vector<float> reach_;
    double noise_;
    double numeric_ = 0;
};

// All arrays of an example, with one kind of numbers in its inputs.
class PassCheck {
public:
    PassCheck(const Example& example, const Pass& pass, GradientTally& tally, std::uint32_t seed)
        : example_(example),
          pass_(pass),
          tally_(tally),
          seed_(seed),
          running_(example, {.batch = pass.batch, .shard = pass.batch / 2, .seed = seed}) {}

    Findings run() {
        Trial& layer = running_.layer();
        const NodePlan& node = layer.node();
        if (!gives_floats_only(node) || (special() && !set_inputs()))
            return {};
        for (std::size_t i = 0; i < layer.inputs(); ++i)
            if (node.wants_input_gradient[i])
                compare(layer.input(i), layer.input_gradient(i), reach_of(layer.input(i)), text("input ", i));
        if (node.wants_parameter_gradient && pass_.zeros == Pass::Zeros::none)
            for (const std::string& name : layer.parameters()) {
                Array& parameter = layer.parameter(name);
                compare(parameter, layer.parameter_gradient(name), std::vector<float>(parameter.as().size(), 1),
                        text("parameter '", name, "'"));
            }
        return std::move(findings_);
    }

private:
    static bool gives_floats_only(const NodePlan& node) {
        return std::ranges::all_of(node.signature.outputs,
                                   [](const TensorType& type) { return type.element == Element::float32; });
    }

    [[nodiscard]] bool special() const { return pass_.scale != 1 || pass_.zeros != Pass::Zeros::none; }

    // False: there is nothing to be set, or what comes out of it is not finite, which many a function may be there.
    bool set_inputs() {
        const bool between_ends = example_.domain == Domain::unit;
        if (pass_.scale < 1 && between_ends)
            return false;
        Trial& layer = running_.layer();
        bool any = false;
        for (std::size_t i = 0; i < layer.inputs(); ++i) {
            if (layer.input(i).type().element != Element::float32)
                continue;
            any = true;
            const auto values = layer.input(i).as();
            for (float& value : values)
                value = between_ends && pass_.scale > 1 ? to_the_ends(value) : pass_.scale * value;
            set_zeros(values);
        }
        if (!any)
            return false;
        running_.run();
        for (std::size_t port = 0; port < layer.outputs(); ++port)
            if (!first_non_finite({{"", std::as_const(layer).output(port)}}).empty())
                return false;
        noise_ = 1e-7 * std::sqrt(squares_of_terms());
        return true;
    }

    // What was between 0.05 and 0.95 is spread over 0.001 to 0.999, most of it near the ends.
    static float to_the_ends(float value) {
        const float odds = std::clamp((value - 0.05F) / (0.95F - value), 1e-2F, 1e2F);
        const float fourth = odds * odds * odds * odds;
        return 0.001F + 0.998F * fourth / (1 + fourth);
    }

    void set_zeros(std::span<float> values) const {
        if (pass_.zeros == Pass::Zeros::sample)
            std::ranges::fill(values.first(values.size() / static_cast<std::size_t>(pass_.batch)), 0.0F);
        if (pass_.zeros == Pass::Zeros::scattered)
            for (std::uint32_t i = 0; i < values.size(); ++i)
                if (philox({seed_, i}, {0, 0, 2})[0] % 4 == 0)
                    values[i] = 0;
    }

    // What goes in is rounded, too, and what is taken away from each other within is not seen in the outputs.
    double squares_of_terms() {
        Trial& layer = running_.layer();
        const NodePlan& node = layer.node();
        double squares = 0;
        const auto add = [&](const Array& values, const Array& gradient) {
            for (std::size_t i = 0; i < values.as().size(); ++i)
                if (const double term = static_cast<double>(values.as()[i]) * gradient.as()[i]; std::isfinite(term))
                    squares += term * term;
        };
        for (std::size_t i = 0; i < layer.inputs(); ++i)
            if (node.wants_input_gradient[i])
                add(layer.input(i), layer.input_gradient(i));
        if (node.wants_parameter_gradient)
            for (const std::string& name : layer.parameters())
                add(layer.parameter(name), layer.parameter_gradient(name));
        return squares;
    }

    // Steps in proportion to the numbers: near an end no further than to the end.
    [[nodiscard]] std::vector<float> reach_of(const Array& input) const {
        std::vector<float> reach(input.as().size(), pass_.scale);
        if (example_.domain == Domain::unit && pass_.scale > 1)
            std::ranges::transform(input.as(), reach.begin(), [](float x) { return 4 * x * (1 - x); });
        return reach;
    }

    void compare(Array& moved, const Array& gradient, std::vector<float> reach, const std::string& name) {
        if (!findings_.empty())
            return;
        Comparison comparison(running_, moved, gradient, std::move(reach), noise_);
        for (const std::size_t i : comparison.not_finite())
            if (const auto wrong = comparison.wrong_element(std::span(&i, 1), {}))
                return found(comparison, *wrong, name);
        for (std::uint32_t number = pass_.first; number < pass_.directions; ++number) {
            const std::vector<float> along = comparison.along(seed_, number);
            Verdict verdict = comparison.verdict(along);
            if (verdict == Verdict::wrong) {
                std::vector<std::size_t> elements;
                for (std::size_t i = 0; i < along.size(); ++i)
                    if (along[i] != 0)
                        elements.push_back(i);
                if (const auto wrong = comparison.wrong_element(elements, along))
                    return found(comparison, *wrong, name);
                verdict = Verdict::kink;
            }
            ++(verdict == Verdict::kink ? tally_.kinks : tally_.compared);
        }
    }

    void found(const Comparison& comparison, std::size_t element, const std::string& name) {
        findings_.push_back(
            {"gradients", to_string(example_),
             text("at element ", element, " of ", name, " the slope is ", comparison.numeric(), ", but backward says ",
                  comparison.analytic(element), " (seed ", seed_, pass_.inputs, ")")});
    }

    const Example& example_;
    const Pass& pass_;
    GradientTally& tally_;
    std::uint32_t seed_;
    Running running_;
    double noise_ = 0;  // nothing that counts where numbers are of ordinary size
    Findings findings_;
};

// Whoever else wants a gradient, one that is wanted is the same.
Findings compare_where_some_learn(const Example& example) {
    constexpr double rounding = 1e-4;
    Running all(example, {});
    all.run();
    const std::vector<NamedArray> wanted = results_of(all.layer());
    for (const SomeLearn& place : where_some_learn(example)) {
        Running some(example, {.learning_inputs = place.inputs});
        some.run();
        for (NamedArray& result : results_of(some.layer())) {
            const auto same = std::ranges::find(wanted, result.name, &NamedArray::name);
            if (same == wanted.end())
                continue;
            if (const std::string where = first_distance({*same}, {std::move(result)}, rounding); !where.empty())
                return {{"gradients", to_string(example), text(place.where, ", ", where)}};
        }
    }
    return {};
}

}  // namespace

Findings check_gradients(const Example& example, GradientTally& tally, std::uint32_t seed) {
    for (const Pass& pass : passes)
        if (Findings findings = PassCheck(example, pass, tally, seed).run(); !findings.empty())
            return findings;
    return compare_where_some_learn(example);
}

}  // namespace plexus
