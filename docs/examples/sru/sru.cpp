// A recurrent cell: one step, forward and backward, as an ordinary layer. The loop over time is scan's.
#include <plexus/plugin.hpp>

#include <algorithm>
#include <cmath>

namespace {

float sigmoid(float x) {
    return 1 / (1 + std::exp(-x));
}

/// One step of a simple recurrent unit. What mixes the features of x are dense layers before it.
///   candidate, forget, reset, skip  [N, U]  inputs 0 to 3, float32; the gates before their sigmoid
///   c                               [N, U]  input 4: the state before the step
///   recurrent                       [2, U]  parameter: how much of the state each gate sees
///   y                               [N, U]  output 0
///   c                               [N, U]  output 1: the state after the step
/// backward() assigns all gradients. Refused while planning: inputs of different shapes.
/// Source: Lei et al. 2018, arXiv 1709.02755; biases are those of the dense layers.
struct Sru final : plexus::Layer {
    static constexpr std::size_t candidate = 0, forget = 1, reset = 2, skip = 3, state = 4;

    explicit Sru(const plexus::Attributes& a) : initializer{a.typed("recurrent_initializer")} {}

    void infer(plexus::InferContext& c) const override {
        for (std::size_t i = 0; i < c.inputs(); ++i) {
            c.want(i, 2, "[batch, units]");
            if (c.input(i) != c.input(state))
                throw c.error(
                    plexus::text("input ", i, " has shape ", c.source(i), "; that of the state is ", c.source(state)));
        }
        c.parameter("recurrent", {2, c.input(state).shape[1]}, initializer);
        c.output(0, c.input(state));
        c.output(1, c.input(state));
    }

    [[nodiscard]] plexus::Traits traits() const override { return {.backward_reads_outputs = false}; }

    /// Of one unit and sample: gates, and the state after the step.
    struct Step {
        float f, r, after;
    };

    static Step step(const plexus::StepContext& c, std::size_t i, const float* recurrent, std::size_t units) {
        const float before = c.input(state).as()[i];
        const float f = sigmoid(c.input(forget).as()[i] + recurrent[0] * before);
        const float r = sigmoid(c.input(reset).as()[i] + recurrent[units] * before);
        return {f, r, f * before + (1 - f) * c.input(candidate).as()[i]};
    }

    void forward(const plexus::ForwardContext& c) const override {
        const auto units = static_cast<std::size_t>(c.input(state).shape()[1]);
        const auto y = c.output(0).as();
        for (std::size_t i = 0; i < y.size(); ++i) {
            const Step s = step(c, i, c.parameter(0).as().data() + i % units, units);
            y[i] = s.r * s.after + (1 - s.r) * c.input(skip).as()[i];
            c.output(1).as()[i] = s.after;
        }
    }

    void backward(const plexus::BackwardContext& c) const override {
        const auto units = static_cast<std::size_t>(c.input(state).shape()[1]);
        const auto drecurrent = c.parameter_gradient(0).as();
        // An absent gradient is an empty span: nobody wants it.
        std::ranges::fill(drecurrent, 0.0F);
        const auto assign = [&c](std::size_t input, std::size_t i, float value) {
            if (const plexus::Tensor gradient = c.input_gradient(input))
                gradient.as()[i] = value;
        };
        for (std::size_t i = 0; i < c.input(state).as().size(); ++i) {
            const float* recurrent = c.parameter(0).as().data() + i % units;
            const Step s = step(c, i, recurrent, units);
            const float before = c.input(state).as()[i];
            const float dy = c.output_gradient(0).as()[i];
            const float dafter = c.output_gradient(1).as()[i] + dy * s.r;
            const float dforget = dafter * (before - c.input(candidate).as()[i]) * s.f * (1 - s.f);
            const float dreset = dy * (s.after - c.input(skip).as()[i]) * s.r * (1 - s.r);
            assign(candidate, i, dafter * (1 - s.f));
            assign(forget, i, dforget);
            assign(reset, i, dreset);
            assign(skip, i, dy * (1 - s.r));
            assign(state, i, dafter * s.f + dforget * recurrent[0] + dreset * recurrent[units]);
            if (!drecurrent.empty()) {
                drecurrent[i % units] += dforget * before;
                drecurrent[units + i % units] += dreset * before;
            }
        }
    }

    plexus::TypedValue initializer;
};

}  // namespace

PLEXUS_PLUGIN("sru", "1.0.0", registry) {
    registry.layer<Sru>("sru", "One step of a simple recurrent unit, for scan")
        .inputs(5, 5)
        .typed("recurrent_initializer", plexus::Kind::initializer, "glorot_uniform", "first values of the parameter")
        .formula("c_t = f c_(t-1) + (1 - f) candidate; y = r c_t + (1 - r) skip")
        .shapes(
            "candidate, forget, reset, skip  [N, U]\n"
            "c                               [N, U]  state before\n"
            "recurrent                       [2, U]\n"
            "y                               [N, U]\n"
            "c                               [N, U]  state after");
}
