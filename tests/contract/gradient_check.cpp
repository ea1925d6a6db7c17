#include "tests/contract/gradient_check.hpp"

#include <algorithm>
#include <cmath>

#include "plexus/random.hpp"
#include "plexus/text.hpp"
#include "tests/contract/running.hpp"

namespace plexus::test {
namespace {

constexpr double step = 0.01;
constexpr double tolerance = 5e-3;       // of the sum of the sizes of all terms
constexpr std::uint32_t directions = 8;  // two in all elements, the others in few

// Normal numbers in some elements, nothing in the others.
std::vector<float> direction(std::size_t size, std::uint32_t number) {
    constexpr std::size_t few = 4;
    std::vector<float> values(size);
    const bool all = number < 2 || size <= few;
    for (std::uint32_t i = 0; i < (all ? size : few); ++i) {
        const auto words = philox({11, number}, {0, i, 0});
        values[all ? i : words[2] % size] = static_cast<float>(normal(words[0], words[1])[0]);
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
        double slope, left, right, noise;
    };

    Numeric at(const std::vector<float>& along) {
        const double here = value(along, 0);
        const auto one_sided = [&](double h) { return (value(along, h) - here) / h; };
        const double right = one_sided(step), right_half = one_sided(step / 2);
        const double left = one_sided(-step), left_half = one_sided(-step / 2);
        // The errors of first and, in the middle, second order cancel.
        return {(4 * (right_half + left_half) / 2 - (right + left) / 2) / 3, 2 * left_half - left,
                2 * right_half - right, 10 * noise_ / step};
    }

private:
    Running& running_;
    Array& moved_;
    std::vector<float> origin_;
    double noise_ = 0;
};

void compare(Running& running, Array& moved, const Array& gradient, const std::string& name, const Example& example,
             GradientTally& tally, Findings& findings) {
    running.run();
    const std::vector<float> analytic(gradient.as().begin(), gradient.as().end());
    Slopes slopes(running, moved);
    for (std::uint32_t number = 0; number < directions; ++number) {
        const std::vector<float> along = direction(analytic.size(), number);
        double expected = 0, size = 0;
        for (std::size_t i = 0; i < analytic.size(); ++i) {
            expected += static_cast<double>(analytic[i]) * along[i];
            size += std::abs(static_cast<double>(analytic[i]) * along[i]);
        }
        const Slopes::Numeric numeric = slopes.at(along);
        const double limit = tolerance * std::max(size, std::abs(numeric.slope)) + numeric.noise;
        if (std::abs(numeric.left - numeric.right) > 2 * limit) {
            ++tally.kinks;
            continue;
        }
        ++tally.compared;
        if (!(std::abs(numeric.slope - expected) <= limit)) {
            findings.push_back({"gradients", to_string(example),
                                text("along direction ", number, " of ", name, " the slope is ", numeric.slope,
                                     ", but backward says ", expected)});
            return;
        }
    }
}

bool has_floats_only(const Running& running) {
    const auto& outputs = const_cast<Running&>(running).layer().node().signature.outputs;
    return std::ranges::all_of(outputs, [](const TensorType& type) { return type.element == Element::float32; });
}

}  // namespace

Findings check_gradients(const Example& example, GradientTally& tally) {
    Findings findings;
    Running running(example, {});
    LayerUnderTest& layer = running.layer();
    const NodePlan& node = layer.node();
    if (!has_floats_only(running))
        return findings;
    for (std::size_t i = 0; i < layer.inputs(); ++i)
        if (node.wants_input_gradient[i])
            compare(running, layer.input(i), layer.input_gradient(i), text("input ", i), example, tally, findings);
    if (node.wants_parameter_gradient)
        for (const std::string& name : layer.parameters())
            compare(running, layer.parameter(name), layer.parameter_gradient(name), text("parameter '", name, "'"),
                    example, tally, findings);
    return findings;
}

}  // namespace plexus::test
