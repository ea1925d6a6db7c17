// One step of a recurrent layer, without the products: what a kind of cell does with the sums that these give.
#pragma once
#include <array>
#include <cstddef>

namespace plexus::recurrent {

inline constexpr std::size_t most_states = 2;

/// One sample at one step, U units in G gates. Gates lie side by side, in the order of the kernel's columns.
struct ForwardRow {
    std::size_t units;
    float* gates;                            ///< [G U] sums over x, with bias; become what backward() reads
    const float* recurrent;                  ///< [G U] sums over the state, with its bias if it has its own
    std::array<float*, most_states> states;  ///< [U] each, of the step before; become those of this step
    float* kept;                             ///< [U] to be assigned by cells that keep a row
};

struct BackwardRow {
    std::size_t units;
    const float* gates;                              ///< [G U] as forward() left them
    std::array<const float*, most_states> previous;  ///< [U] each, the states of the step before
    const float* kept;                               ///< [U] as forward() left it
    /// [U] each, gradients by the states of this step. They become those by the states of the step before, without what
    /// reaches these through the product.
    std::array<float*, most_states> dstates;
    float* dgates;              ///< [G U] to be assigned: by the sums over x
    float* drecurrent;          ///< [G U] to be assigned: by the sums over the state
    const float* dreset_state;  ///< [U] of backward_reset(): by the reset state
};

/// A kind of cell. Constant; knows no sizes.
class Cell {
public:
    struct Form {
        std::size_t gates;            ///< G
        std::size_t states;           ///< state 0 is the output; 1 or 2
        bool keeps = false;           ///< a row per sample and step, for the backward pass
        bool recurrent_bias = false;  ///< the sums over the state have a bias of their own: bias is [2, G U]
        /// The last gate sees the state after another gate was laid on it, in a second product: reset() makes it from
        /// the first one, and its row is what is kept.
        bool resets_first = false;
    };

    explicit Cell(const Form& form) : form_{form} {}
    Cell(const Cell&) = delete;
    Cell& operator=(const Cell&) = delete;
    virtual ~Cell() = default;
    [[nodiscard]] const Form& form() const noexcept { return form_; }

    virtual void forward(const ForwardRow& row) const = 0;
    virtual void backward(const BackwardRow& row) const = 0;
    /// Of a cell that resets first, before forward(): the gates but the last one, and `kept`, the state that the second
    /// product reads.
    virtual void reset(const ForwardRow&) const {}
    /// Likewise, after backward(), which left 0 as drecurrent of all gates but the last one: the other way round.
    virtual void backward_reset(const BackwardRow&) const {}

private:
    Form form_;
};

}  // namespace plexus::recurrent
