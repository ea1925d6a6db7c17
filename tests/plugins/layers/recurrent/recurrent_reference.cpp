#include "tests/plugins/layers/recurrent/recurrent_reference.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/plugins/fixture.hpp"

namespace plexus::test {
namespace {

double sigmoid(double v) {
    return 1 / (1 + std::exp(-v));
}

std::vector<double> doubles(Array& array) {
    const auto values = array.as();
    return {values.begin(), values.end()};
}

/// row * matrix [rows, columns], plus a bias.
std::vector<double> product(const double* row, const std::vector<double>& matrix, std::size_t columns,
                            const double* bias) {
    std::vector<double> sums(columns);
    for (std::size_t c = 0; c < columns; ++c) {
        sums[c] = bias != nullptr ? bias[c] : 0;
        for (std::size_t r = 0; r < matrix.size() / columns; ++r)
            sums[c] += row[r] * matrix[r * columns + c];
    }
    return sums;
}

std::vector<double> masked(std::vector<double> state, const double* mask) {
    for (std::size_t i = 0; mask != nullptr && i < state.size(); ++i)
        state[i] *= mask[i];
    return state;
}

/// h and c of one sample, taken one step on.
void step(const Sequence& s, const double* x, const double* mask, std::vector<double>& h, std::vector<double>& c) {
    const std::size_t u = s.units, columns = s.recurrent_kernel.size() / u;
    const double* bias = s.bias.empty() ? nullptr : s.bias.data();
    const double* second = s.bias.size() == 2 * columns ? s.bias.data() + columns : nullptr;
    const std::vector<double> a = product(x, s.kernel, columns, bias);
    const std::vector<double> b = product(masked(h, mask).data(), s.recurrent_kernel, columns, second);
    if (s.type == "simple_rnn") {
        for (std::size_t i = 0; i < u; ++i)
            h[i] = s.relu ? std::max(0.0, a[i] + b[i]) : std::tanh(a[i] + b[i]);
    } else if (s.type == "lstm") {
        for (std::size_t i = 0; i < u; ++i) {
            const auto sum = [&](std::size_t gate) { return a[gate * u + i] + b[gate * u + i]; };
            c[i] = sigmoid(sum(1)) * c[i] + sigmoid(sum(0)) * std::tanh(sum(2));
            h[i] = sigmoid(sum(3)) * std::tanh(c[i]);
        }
    } else {
        std::vector<double> reset(u), before = h;
        for (std::size_t i = 0; i < u; ++i)
            reset[i] = sigmoid(a[u + i] + b[u + i]) * h[i];
        const std::vector<double> of_reset = product(masked(reset, mask).data(), s.recurrent_kernel, columns, nullptr);
        for (std::size_t i = 0; i < u; ++i) {
            const double z = sigmoid(a[i] + b[i]);
            const double inner = s.reset_after ? sigmoid(a[u + i] + b[u + i]) * b[2 * u + i] : of_reset[2 * u + i];
            h[i] = z * before[i] + (1 - z) * std::tanh(a[2 * u + i] + inner);
        }
    }
}

std::string flag(bool value) {
    return value ? "true" : "false";
}

double value_of(const Sequence& sequence, LayerUnderTest& layer) {
    double sum = 0;
    const auto outputs = sequence.outputs();
    for (std::size_t port = 0; port < outputs.size(); ++port) {
        const auto slope = layer.output_gradient(port).as();
        for (std::size_t i = 0; i < slope.size(); ++i)
            sum += outputs[port][i] * static_cast<double>(slope[i]);
    }
    return sum;
}

}  // namespace

std::string Sequence::attributes() const {
    std::string written = "{units: " + std::to_string(units) + ", return_sequences: " + flag(return_sequences) +
                          ", return_state: " + flag(return_state) + ", go_backwards: " + flag(go_backwards) +
                          ", use_bias: " + flag(use_bias);
    if (dropout > 0)
        written += ", recurrent_dropout: " + std::to_string(dropout);
    if (type == "simple_rnn")
        written += std::string(", activation: ") + (relu ? "relu" : "tanh");
    if (type == "gru")
        written += ", reset_after: " + flag(reset_after);
    return written + "}";
}

std::vector<TensorType> Sequence::inputs() const {
    const auto size = [](std::size_t value) { return static_cast<std::int64_t>(value); };
    std::vector<TensorType> types{{Shape{size(samples), size(steps), size(features)}, Element::float32}};
    for (std::size_t i = 0; initial_state && i < states(); ++i)
        types.push_back({Shape{size(samples), size(units)}, Element::float32});
    if (has_lengths)
        types.push_back({Shape{size(samples)}, Element::int32});
    return types;
}

void Sequence::read(LayerUnderTest& layer) {
    x = doubles(layer.input(0));
    for (std::size_t i = 0; i < states(); ++i)
        initial[i] = initial_state ? doubles(layer.input(1 + i)) : std::vector<double>(samples * units);
    if (has_lengths) {
        const auto given = layer.input(layer.inputs() - 1).as<std::int32_t>();
        lengths.assign(given.begin(), given.end());
    }
    kernel = doubles(layer.parameter("kernel"));
    recurrent_kernel = doubles(layer.parameter("recurrent_kernel"));
    if (use_bias)
        bias = doubles(layer.parameter("bias"));
}

std::vector<std::vector<double>> Sequence::outputs() const {
    std::vector<std::vector<double>> all(1 + (return_state ? states() : 0));
    for (std::size_t n = 0; n < samples; ++n) {
        const auto first = static_cast<std::ptrdiff_t>(n * units);
        const auto size = static_cast<std::ptrdiff_t>(units);
        std::vector<double> h(initial[0].begin() + first, initial[0].begin() + first + size), c(units);
        if (states() == 2)
            c.assign(initial[1].begin() + first, initial[1].begin() + first + size);
        for (std::size_t place = 0; place < steps; ++place) {
            const std::size_t t = go_backwards ? steps - 1 - place : place;
            const bool counts = !has_lengths || t < static_cast<std::size_t>(lengths[n]);
            if (counts)
                step(*this, x.data() + (n * steps + t) * features, mask.empty() ? nullptr : &mask[n * units], h, c);
            if (return_sequences)
                for (std::size_t i = 0; i < units; ++i)
                    all[0].push_back(counts ? h[i] : 0);
        }
        if (!return_sequences)
            all[0].insert(all[0].end(), h.begin(), h.end());
        if (return_state)
            all[1].insert(all[1].end(), h.begin(), h.end());
        if (return_state && states() == 2)
            all[2].insert(all[2].end(), c.begin(), c.end());
    }
    return all;
}

std::vector<double> central_differences(Sequence& sequence, std::vector<double>& values, LayerUnderTest& layer) {
    std::vector<double> slopes;
    for (double& value : values) {
        const double origin = value;
        const auto slope = [&](double h) {
            value = origin + h;
            const double above = value_of(sequence, layer);
            value = origin - h;
            const double below = value_of(sequence, layer);
            value = origin;
            return (above - below) / (2 * h);
        };
        // Richardson: the error of second order cancels.
        const double h = 1e-3;
        slopes.push_back(sequence.relu ? slope(1e-6) : (4 * slope(h / 2) - slope(h)) / 3);
    }
    return slopes;
}

void check_against_loops(Sequence& s, LayerUnderTest& layer) {
    layer.run();
    s.read(layer);
    const auto want = s.outputs();
    REQUIRE(layer.outputs() == want.size());
    for (std::size_t i = 0; i < want.size(); ++i)
        CHECK(largest_error(layer.output(i).as(), want[i]) < 2e-6);
    CHECK(largest_error(layer.input_gradient(0).as(), central_differences(s, s.x, layer)) < 1e-5);
    for (std::size_t i = 0; s.initial_state && i < s.states(); ++i)
        CHECK(largest_error(layer.input_gradient(1 + i).as(), central_differences(s, s.initial[i], layer)) < 1e-5);
    CHECK(largest_error(layer.parameter_gradient("kernel").as(), central_differences(s, s.kernel, layer)) < 1e-5);
    CHECK(largest_error(layer.parameter_gradient("recurrent_kernel").as(),
                        central_differences(s, s.recurrent_kernel, layer)) < 1e-5);
    if (s.use_bias)
        CHECK(largest_error(layer.parameter_gradient("bias").as(), central_differences(s, s.bias, layer)) < 1e-5);
}

}  // namespace plexus::test
