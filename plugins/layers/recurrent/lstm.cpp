#include <cstring>

#include "kernels/elementwise.hpp"
#include "kernels/functions.hpp"
#include "recurrence.hpp"
#include "recurrent.hpp"

namespace plexus::recurrent {
namespace {

using kernels::Floats;

/// Gates in Keras's order: i, f, c, o. The states are h and c.
struct LstmCell final : Cell {
    LstmCell() : Cell{{.gates = 4, .states = 2}} {}

    void forward(const ForwardRow& row) const override {
        const std::size_t u = row.units;
        float* g = row.gates;
        const float* r = row.recurrent;
        kernels::apply_fused(
            [](const Floats& ri, const Floats& rf, const Floats& rc, const Floats& ro, Floats& i, Floats& f, Floats& a,
               Floats& o, Floats& h, Floats& c) __attribute__((always_inline)) {
                i = kernels::sigmoid(i + ri);
                f = kernels::sigmoid(f + rf);
                a = kernels::tanh(a + rc);
                o = kernels::sigmoid(o + ro);
                c = f * c + i * a;
                h = o * kernels::tanh(c);
            },
            u, r, r + u, r + 2 * u, r + 3 * u, g, g + u, g + 2 * u, g + 3 * u, row.states[0], row.states[1]);
    }

    void backward(const BackwardRow& row) const override {
        const std::size_t u = row.units;
        const float* g = row.gates;
        float* d = row.dgates;
        kernels::apply_fused(
            [](const Floats& i, const Floats& f, const Floats& a, const Floats& o, const Floats& before, Floats& dh,
               Floats& dc, Floats& di, Floats& df, Floats& da, Floats& dout) __attribute__((always_inline)) {
                const Floats squashed = kernels::tanh(f * before + i * a);
                dout = dh * squashed * o * (1.0F - o);
                const Floats slope = dc + dh * o * (1.0F - squashed * squashed);
                di = slope * a * i * (1.0F - i);
                df = slope * before * f * (1.0F - f);
                da = slope * i * (1.0F - a * a);
                dc = slope * f;
                dh = Floats{};
            },
            u, g, g + u, g + 2 * u, g + 3 * u, row.previous[1], row.dstates[0], row.dstates[1], d, d + u, d + 2 * u,
            d + 3 * u);
        std::memcpy(row.drecurrent, d, 4 * u * sizeof(float));
    }
};

/// Long short-term memory. With sums s = x_t kernel + h_(t-1) recurrent_kernel + bias, cut into four:
///   i = sigmoid(s_i), f = sigmoid(s_f), o = sigmoid(s_o), c_t = f c_(t-1) + i tanh(s_c), h_t = o tanh(c_t)
/// See Recurrence for the rest. An initial state is h, then c.
/// Source: Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000; keras.layers.LSTM. PyTorch's LSTM
/// has the same gates in the order i, f, c, o, and two biases, whose sum is this one.
struct Lstm final : Recurrence {
    explicit Lstm(const Attributes& a) : Recurrence{a, std::make_unique<LstmCell>()} {}
};

}  // namespace

void add_lstm(Registry& registry) {
    Recurrence::declare(registry.layer<Lstm>("lstm", "Long short-term memory: a state that gates write and forget"), 2,
                        "unit_forget_bias")
        .formula(
            "i, f, c, o = x_t kernel + h_(t-1) recurrent_kernel + bias; "
            "c_t = sigmoid(f) c_(t-1) + sigmoid(i) tanh(c); h_t = sigmoid(o) tanh(c_t)")
        .shapes(
            "x                 [N, T, F]\n"
            "h, c              [N, U]     inputs, optional: initial state\n"
            "lengths           [N]        input, optional, int32: steps of each sample\n"
            "kernel            [F, 4 U]   gates i, f, c, o\n"
            "recurrent_kernel  [U, 4 U]\n"
            "bias              [4 U]\n"
            "y                 [N, U], with return_sequences [N, T, U]; 0 beyond a sample's length\n"
            "h, c              [N, U]     outputs with return_state");
}

}  // namespace plexus::recurrent
