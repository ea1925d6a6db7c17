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
constexpr std::uint32_t directions = in_all + classes;

// Normal numbers in some elements, nothing in the others.
std::vector<float> direction(std::size_t size, std::uint32_t seed, std::uint32_t number) {
    std::vector<float> values(size);
    const bool all = number < in_all || size <= classes;
    for (std::uint32_t i = all ? 0 : number - in_all; i < size; i += all ? 1 : classes) {
        const auto words = philox({seed, number}, {0, i, 1});
        values[i] = static_cast<float>(normal(words[0], words[1])[0]);
    }
    return values;
}

class Slopes {
public:
    Slopes(Running& running, Array& moved)
        : running_(running), moved_(moved), origin_(moved.as().begin(), moved.as().end()) {}

    // sum(output * output gradient), and what rounding may make of it.
    double value(const std::vector<float>& along, double distance) {
        auto values = moved_.as();
        for (std::size_t i = 0; i < values.size(); ++i)
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

    struct Numeric {
        double slope;
        double kink;   // how far apart the slopes are that a smooth function would have in common
        double noise;  // what rounding may make of the slope
    };

    Numeric at(const std::vector<float>& along, double step) {
        const double here = value(along, 0);
        const auto one_sided = [&](double h) { return (value(along, h) - here) / h; };
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
    Running& running_;
    Array& moved_;
    std::vector<float> origin_;
    double noise_ = 0;
};

enum class Verdict : std::uint8_t { right, wrong, kink };

struct Expected {
    double slope;
    double size;  // the sum of the sizes of its terms
};

Verdict judge(const Slopes::Numeric& numeric, const Expected& expected) {
    const double limit = tolerance * std::max(expected.size, std::abs(numeric.slope)) + numeric.noise;
    if (numeric.kink > limit / 2)
        return Verdict::kink;
    return std::abs(numeric.slope - expected.slope) <= limit ? Verdict::right : Verdict::wrong;
}

// One array that a slope may be taken along, and what backward() says of it.
class Comparison {
public:
    Comparison(Running& running, Array& moved, const Array& gradient)
        : slopes_(running, moved), analytic_(gradient_after(running, gradient)) {}

    [[nodiscard]] std::size_t size() const noexcept { return analytic_.size(); }

    Verdict verdict(const std::vector<float>& along) {
        Expected expected{0, 0};
        for (std::size_t i = 0; i < analytic_.size(); ++i) {
            expected.slope += static_cast<double>(analytic_[i]) * along[i];
            expected.size += std::abs(static_cast<double>(analytic_[i]) * along[i]);
        }
        // Kinks that hide each other at one step do not at another; a wrong gradient is wrong at both.
        Verdict verdict = Verdict::kink;
        for (const double step : steps)
            if (verdict != Verdict::right) {
                const Slopes::Numeric numeric = slopes_.at(along, step);
                numeric_ = numeric.slope;
                verdict = judge(numeric, expected);
            }
        return verdict;
    }

    // An element at which the gradient is wrong by itself, among those of a direction along which it is. Where several
    // kinks hid each other there is none: along one element a kink shows.
    std::optional<std::size_t> wrong_element(std::span<const std::size_t> among, const std::vector<float>& whole) {
        std::vector<float> along(size());
        for (const std::size_t i : among)
            along[i] = among.size() == 1 ? 1 : whole[i];
        if (verdict(along) != Verdict::wrong)
            return {};
        if (among.size() == 1)
            return among.front();
        const std::size_t half = among.size() / 2;
        const auto first = wrong_element(among.first(half), whole);
        return first ? first : wrong_element(among.subspan(half), whole);
    }

    [[nodiscard]] double numeric() const noexcept { return numeric_; }  ///< of the last verdict
    [[nodiscard]] float analytic(std::size_t i) const { return analytic_[i]; }

private:
    static std::vector<float> gradient_after(Running& running, const Array& gradient) {
        running.run();
        return {gradient.as().begin(), gradient.as().end()};
    }

    Slopes slopes_;
    std::vector<float> analytic_;
    double numeric_ = 0;
};

void compare(Running& running, Array& moved, const Array& gradient, const std::string& name, const Example& example,
             GradientTally& tally, std::uint32_t seed, Findings& findings) {
    Comparison comparison(running, moved, gradient);
    for (std::uint32_t number = 0; number < directions; ++number) {
        const std::vector<float> along = direction(comparison.size(), seed, number);
        Verdict verdict = comparison.verdict(along);
        if (verdict == Verdict::wrong) {
            std::vector<std::size_t> elements;
            for (std::size_t i = 0; i < along.size(); ++i)
                if (along[i] != 0)
                    elements.push_back(i);
            if (const auto wrong = comparison.wrong_element(elements, along)) {
                findings.push_back({"gradients", to_string(example),
                                    text("at element ", *wrong, " of ", name, " the slope is ", comparison.numeric(),
                                         ", but backward says ", comparison.analytic(*wrong), " (seed ", seed, ")")});
                return;
            }
            verdict = Verdict::kink;
        }
        ++(verdict == Verdict::kink ? tally.kinks : tally.compared);
    }
}

bool gives_floats_only(const NodePlan& node) {
    return std::ranges::all_of(node.signature.outputs,
                               [](const TensorType& type) { return type.element == Element::float32; });
}

}  // namespace

Findings check_gradients(const Example& example, GradientTally& tally, std::uint32_t seed) {
    Findings findings;
    Running running(example, {.seed = seed});
    Trial& layer = running.layer();
    const NodePlan& node = layer.node();
    if (!gives_floats_only(node))
        return findings;
    for (std::size_t i = 0; i < layer.inputs(); ++i)
        if (node.wants_input_gradient[i])
            compare(running, layer.input(i), layer.input_gradient(i), text("input ", i), example, tally, seed,
                    findings);
    if (node.wants_parameter_gradient)
        for (const std::string& name : layer.parameters())
            compare(running, layer.parameter(name), layer.parameter_gradient(name), text("parameter '", name, "'"),
                    example, tally, seed, findings);
    return findings;
}

}  // namespace plexus
