#include "state_dropout.hpp"

#include <cmath>

#include "kernels/elementwise.hpp"

namespace plexus::recurrent {

StateDropout::StateDropout(double rate)
    : threshold_{static_cast<std::uint32_t>(std::lround(rate * 65536))}, scale_{static_cast<float>(1 / (1 - rate))} {}

const float* StateDropout::draw(const StepContext& c, std::size_t units, float* mask) const {
    if (!drops())
        return nullptr;
    constexpr std::size_t per_block = 8;
    float* next = mask;
    for (std::int64_t sample = 0; sample < c.samples(); ++sample)
        for (std::size_t begin = 0; begin < units; begin += per_block) {
            const auto words = c.random(sample, static_cast<std::uint32_t>(begin / per_block));
            for (std::size_t i = 0; i < per_block && begin + i < units; ++i) {
                const std::uint32_t number = words[i / 2] >> (i % 2 * 16) & 0xFFFFU;
                *next++ = number < threshold_ ? 0.0F : scale_;
            }
        }
    return mask;
}

const float* seen_through(const float* mask, const float* states, std::size_t n, std::size_t steps, std::size_t units,
                          float* to) {
    if (mask == nullptr)
        return states;
    for (std::size_t row = 0; row < n * steps; ++row)
        kernels::apply(
            [](const kernels::Floats& m, const kernels::Floats& h, kernels::Floats& seen)
                __attribute__((always_inline)) { seen = m * h; },
            units, mask + row / steps * units, states + row * units, to + row * units);
    return to;
}

void lay_on(const float* mask, std::size_t count, float* states) {
    if (mask != nullptr)
        kernels::apply(
            [](const kernels::Floats& m, kernels::Floats& h) __attribute__((always_inline)) { h *= m; }, count, mask,
            states);
}

}  // namespace plexus::recurrent
