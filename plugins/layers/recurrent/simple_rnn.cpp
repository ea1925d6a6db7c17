#include "kernels/elementwise.hpp"
#include "kernels/functions.hpp"
#include "recurrence.hpp"
#include "recurrent.hpp"

namespace plexus::recurrent {
namespace {

using kernels::Floats;

/// What is kept as gates is the output. That of relu is 0 where its slope is.
template <bool Relu>
struct SimpleCell final : Cell {
    SimpleCell() : Cell{{.gates = 1, .states = 1}} {}

    void forward(const ForwardRow& row) const override {
        kernels::apply_fused(
            [](const Floats& inner, Floats& gate, Floats& h) __attribute__((always_inline)) {
                const Floats sum = gate + inner;
                gate = Relu ? (sum < 0.0F ? Floats{} : sum) : kernels::tanh(sum);
                h = gate;
            },
            row.units, row.recurrent, row.gates, row.states[0]);
    }

    void backward(const BackwardRow& row) const override {
        kernels::apply_fused(
            [](const Floats& h, Floats& dh, Floats& dgate, Floats& drecurrent) __attribute__((always_inline)) {
                dgate = Relu ? (h > 0.0F ? dh : Floats{}) : dh * (1.0F - h * h);
                drecurrent = dgate;
                dh = Floats{};
            },
            row.units, row.gates, row.dstates[0], row.dgates, row.drecurrent);
    }
};

/// h_t = activation(x_t kernel + h_(t-1) recurrent_kernel + bias); see Recurrence for the rest.
/// Source: Elman 1990; keras.layers.SimpleRNN. PyTorch's RNN adds two biases, whose sum is this one.
struct SimpleRnn final : Recurrence {
    explicit SimpleRnn(const Attributes& a) : Recurrence{a, cell_of(a.get<std::string>("activation"))} {}

private:
    static std::unique_ptr<const Cell> cell_of(const std::string& activation) {
        if (activation == "relu")
            return std::make_unique<SimpleCell<true>>();
        return std::make_unique<SimpleCell<false>>();
    }
};

}  // namespace

void add_simple_rnn(Registry& registry) {
    Recurrence::declare(registry.layer<SimpleRnn>("simple_rnn", "Mixes each step with the output of the one before"), 1,
                        "zeros")
        // Inside the loop, so that it cannot be a node that follows, as `activation` is elsewhere.
        .attribute("activation", "tanh", "of each step, inside the loop")
        .choices({"tanh", "relu"})
        .formula("h_t = activation(x_t kernel + h_(t-1) recurrent_kernel + bias)")
        .shapes(
            "x                 [N, T, F]\n"
            "h                 [N, U]     input, optional: initial state\n"
            "lengths           [N]        input, optional, int32: steps of each sample\n"
            "kernel            [F, U]\n"
            "recurrent_kernel  [U, U]\n"
            "bias              [U]\n"
            "y                 [N, U], with return_sequences [N, T, U]; 0 beyond a sample's length\n"
            "h                 [N, U]     output with return_state");
}

}  // namespace plexus::recurrent
