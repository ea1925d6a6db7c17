#include <algorithm>
#include <cstring>

#include "kernels/elementwise.hpp"
#include "kernels/functions.hpp"
#include "recurrence.hpp"
#include "recurrent.hpp"

namespace plexus::recurrent {
namespace {

using kernels::Floats;

/// Gates in Keras's order: z, r, h. The candidate's sum over the state is kept, for the slope of r.
struct ResetAfterCell final : Cell {
    ResetAfterCell() : Cell{{.gates = 3, .states = 1, .keeps = true, .recurrent_bias = true}} {}

    void forward(const ForwardRow& row) const override {
        const std::size_t u = row.units;
        float* g = row.gates;
        const float* s = row.recurrent;
        kernels::apply_fused(
            [](const Floats& sz, const Floats& sr, const Floats& sh, Floats& z, Floats& r, Floats& a, Floats& h,
               Floats& kept) __attribute__((always_inline)) {
                z = kernels::sigmoid(z + sz);
                r = kernels::sigmoid(r + sr);
                a = kernels::tanh(a + r * sh);
                h = z * h + (1.0F - z) * a;
                kept = sh;
            },
            u, s, s + u, s + 2 * u, g, g + u, g + 2 * u, row.states[0], row.kept);
    }

    void backward(const BackwardRow& row) const override {
        const std::size_t u = row.units;
        const float* g = row.gates;
        float* d = row.dgates;
        float* e = row.drecurrent;
        kernels::apply_fused(
            [](const Floats& z, const Floats& r, const Floats& a, const Floats& before, const Floats& kept, Floats& dh,
               Floats& dz, Floats& dr, Floats& da, Floats& ea) __attribute__((always_inline)) {
                dz = dh * (before - a) * z * (1.0F - z);
                da = dh * (1.0F - z) * (1.0F - a * a);
                dr = da * kept * r * (1.0F - r);
                ea = da * r;
                dh = dh * z;
            },
            u, g, g + u, g + 2 * u, row.previous[0], row.kept, row.dstates[0], d, d + u, d + 2 * u, e + 2 * u);
        std::memcpy(e, d, 2 * u * sizeof(float));
    }
};

/// The candidate sees r h_(t-1), which is what is kept.
struct ResetBeforeCell final : Cell {
    ResetBeforeCell() : Cell{{.gates = 3, .states = 1, .keeps = true, .resets_first = true}} {}

    void reset(const ForwardRow& row) const override {
        const std::size_t u = row.units;
        const float* state = row.states[0];
        kernels::apply_fused(
            [](const Floats& sz, const Floats& sr, const Floats& h, Floats& z, Floats& r, Floats& kept)
                __attribute__((always_inline)) {
                    z = kernels::sigmoid(z + sz);
                    r = kernels::sigmoid(r + sr);
                    kept = r * h;
                },
            u, row.recurrent, row.recurrent + u, state, row.gates, row.gates + u, row.kept);
    }

    void forward(const ForwardRow& row) const override {
        const std::size_t u = row.units;
        const float* update = row.gates;
        kernels::apply_fused(
            [](const Floats& sh, const Floats& z, Floats& a, Floats& h) __attribute__((always_inline)) {
                a = kernels::tanh(a + sh);
                h = z * h + (1.0F - z) * a;
            },
            u, row.recurrent + 2 * u, update, row.gates + 2 * u, row.states[0]);
    }

    void backward(const BackwardRow& row) const override {
        const std::size_t u = row.units;
        const float* g = row.gates;
        float* d = row.dgates;
        kernels::apply_fused(
            [](const Floats& z, const Floats& a, const Floats& before, Floats& dh, Floats& dz, Floats& da)
                __attribute__((always_inline)) {
                    dz = dh * (before - a) * z * (1.0F - z);
                    da = dh * (1.0F - z) * (1.0F - a * a);
                    dh = dh * z;
                },
            u, g, g + 2 * u, row.previous[0], row.dstates[0], d, d + 2 * u);
        std::fill_n(row.drecurrent, 2 * u, 0.0F);
        std::memcpy(row.drecurrent + 2 * u, d + 2 * u, u * sizeof(float));
    }

    void backward_reset(const BackwardRow& row) const override {
        const std::size_t u = row.units;
        kernels::apply_fused(
            [](const Floats& r, const Floats& before, const Floats& dreset, Floats& dh, Floats& dr)
                __attribute__((always_inline)) {
                    dr = dreset * before * r * (1.0F - r);
                    dh += dreset * r;
                },
            u, row.gates + u, row.previous[0], row.dreset_state, row.dstates[0], row.dgates + u);
        std::memcpy(row.drecurrent, row.dgates, 2 * u * sizeof(float));
        std::fill_n(row.drecurrent + 2 * u, u, 0.0F);
    }
};

/// Gated recurrent unit. With s = x_t kernel and q = h_(t-1) recurrent_kernel, each cut into three:
///   z = sigmoid(s_z + q_z), r = sigmoid(s_r + q_r), h_t = z h_(t-1) + (1 - z) a
///   a = tanh(s_h + r q_h) with reset_after; else a = tanh(s_h + (r h_(t-1)) recurrent_kernel_h)
/// With reset_after, s and q have a bias each, rows 0 and 1 of bias; else their sum has one. See Recurrence for the
/// rest. Without reset_after a step takes two products with the whole recurrent kernel, of which each uses a part.
/// Source: Cho et al. 2014, arXiv 1406.1078 (reset_after: false); keras.layers.GRU. PyTorch's GRU is that of
/// reset_after, with its gates in the order r, z, h.
struct Gru final : Recurrence {
    explicit Gru(const Attributes& a) : Recurrence{a, cell_of(a.get<bool>("reset_after"))} {}

private:
    static std::unique_ptr<const Cell> cell_of(bool reset_after) {
        if (reset_after)
            return std::make_unique<ResetAfterCell>();
        return std::make_unique<ResetBeforeCell>();
    }
};

}  // namespace

void add_gru(Registry& registry) {
    Recurrence::declare(registry.layer<Gru>("gru", "Gated recurrent unit: a state that is renewed by shares"), 1,
                        "zeros")
        .attribute("reset_after", true, "r gates the state after its product with the recurrent kernel, not before")
        .formula(
            "z = sigmoid(s_z + q_z), r = sigmoid(s_r + q_r), h_t = z h_(t-1) + (1 - z) tanh(s_h + r q_h); "
            "s = x_t kernel + bias_0, q = h_(t-1) recurrent_kernel + bias_1")
        .shapes(
            "x                 [N, T, F]\n"
            "h                 [N, U]     input, optional: initial state\n"
            "lengths           [N]        input, optional, int32: steps of each sample\n"
            "kernel            [F, 3 U]   gates z, r, h\n"
            "recurrent_kernel  [U, 3 U]\n"
            "bias              [2, 3 U], without reset_after [3 U]\n"
            "y                 [N, U], with return_sequences [N, T, U]; 0 beyond a sample's length\n"
            "h                 [N, U]     output with return_state");
}

}  // namespace plexus::recurrent
