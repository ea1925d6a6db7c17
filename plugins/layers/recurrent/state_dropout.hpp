// Dropout of the state, where products read it.
#pragma once
#include <cstddef>
#include <cstdint>

#include "plexus/step.hpp"

namespace plexus::recurrent {

/// One mask for a sequence, the same at all its steps, in forward and backward, and however the batch is cut. Source:
/// Gal and Ghahramani 2016, arXiv 1512.05287; keras.layers.LSTM's recurrent_dropout. A draw has 16 bits, so that the
/// rate is off by at most 2^-17.
class StateDropout {
public:
    /// Of 0: drops nothing.
    explicit StateDropout(double rate);

    [[nodiscard]] bool drops() const noexcept { return threshold_ > 0; }
    /// Assigns and returns `mask` [n, units], for the n samples of the slice: 0, or 1 / (1 - rate). Null where nothing
    /// is dropped.
    const float* draw(const StepContext& c, std::size_t units, float* mask) const;

private:
    std::uint32_t threshold_;
    float scale_;
};

/// States [n, steps, units] times the mask of their sample, which is assigned to `to`; without a mask the states.
[[nodiscard]] const float* seen_through(const float* mask, const float* states, std::size_t n, std::size_t steps,
                                        std::size_t units, float* to);
/// The same for one step, in place.
void lay_on(const float* mask, std::size_t count, float* states);

}  // namespace plexus::recurrent
