#include "tests/support/layer_under_test.hpp"

#include <cmath>

#include "plexus/random.hpp"

namespace plexus::test {
namespace {

const Environment& shipped() {
    static const Environment environment;
    return environment;
}

std::vector<float> normal_numbers(std::size_t count, std::uint32_t seed) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto words = philox({seed, 99}, {0, static_cast<std::uint32_t>(i), 0});
        values[i] = static_cast<float>(normal(words[0], words[1])[0]);
    }
    return values;
}

}  // namespace

LayerUnderTest::LayerUnderTest(const std::string& type, const std::string& attributes, std::vector<TensorType> inputs)
    : LayerUnderTest(Kind::layer, type, attributes, std::move(inputs), {}) {}

LayerUnderTest::LayerUnderTest(Kind kind, const std::string& type, const std::string& attributes,
                               std::vector<TensorType> inputs, Options options)
    : Trial(shipped(), kind, type, attributes, std::move(inputs), options) {}

std::string refusal(Kind kind, const std::string& type, const std::string& attributes, std::vector<TensorType> inputs) {
    try {
        const LayerUnderTest layer(kind, type, attributes, std::move(inputs), {});
        return "";
    } catch (const InputError& error) {
        return error.what();
    }
}

namespace {

// sum(output * output_gradient) with one array moved along a direction.
double value_at(LayerUnderTest& layer, Array& moved, const std::vector<float>& origin,
                const std::vector<float>& direction, double step) {
    auto values = moved.as();
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = origin[i] + static_cast<float>(step) * direction[i];
    layer.restart();
    layer.run();
    double sum = 0;
    for (std::size_t port = 0; port < layer.outputs(); ++port) {
        const auto y = std::as_const(layer).output(port).as();
        const auto dy = std::as_const(layer.output_gradient(port)).as();
        for (std::size_t i = 0; i < y.size(); ++i)
            sum += static_cast<double>(y[i]) * dy[i];
    }
    return sum;
}

double error_along(LayerUnderTest& layer, Array& moved, const Array& gradient, std::uint32_t seed) {
    const std::vector<float> origin(moved.as().begin(), moved.as().end());
    const std::vector<float> direction = normal_numbers(origin.size(), seed);
    layer.restart();
    layer.run();
    double analytic = 0, size = 0;
    for (std::size_t i = 0; i < origin.size(); ++i) {
        analytic += static_cast<double>(gradient.as()[i]) * direction[i];
        size += std::abs(static_cast<double>(gradient.as()[i]) * direction[i]);
    }
    const auto slope = [&](double h) {
        return (value_at(layer, moved, origin, direction, h) - value_at(layer, moved, origin, direction, -h)) / (2 * h);
    };
    // Richardson: the error of second order cancels.
    const double h = 4e-3;
    const double numeric = (4 * slope(h / 2) - slope(h)) / 3;
    std::copy(origin.begin(), origin.end(), moved.as().begin());
    return std::abs(numeric - analytic) / std::max(size, 1e-3);
}

}  // namespace

double gradient_error(LayerUnderTest& layer, std::uint32_t seed) {
    double worst = 0;
    for (std::size_t i = 0; i < layer.inputs(); ++i)
        if (layer.input(i).type().element == Element::float32)
            worst = std::max(worst, error_along(layer, layer.input(i), layer.input_gradient(i), seed));
    for (const std::string& name : layer.parameters())
        worst = std::max(worst, error_along(layer, layer.parameter(name), layer.parameter_gradient(name), seed));
    return worst;
}

}  // namespace plexus::test
