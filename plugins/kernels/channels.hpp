// Loops over rows of channels, with constants or sums of each channel: rows of few channels are taken several at once.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "kernels/elementwise.hpp"

namespace plexus::kernels {

/// A loop has at least so many elements at once; below it, the part that fills no vector would cost the most.
inline constexpr std::size_t least_width = 64;

/// How many elements a loop takes at once: whole rows.
[[nodiscard]] constexpr std::size_t width_of(std::size_t channels) noexcept {
    return channels >= least_width ? channels : channels * ((least_width + channels - 1) / channels);
}

/// The constants of all channels, as often as fit in width_of(channels). Refers to `values` where that is once.
template <class T>
class Repeated {
public:
    Repeated(const T* values, std::size_t channels) {
        if (channels >= least_width) {
            data_ = values;
            return;
        }
        for (std::size_t i = 0; i < width_of(channels); ++i)
            copies_[i] = values[i % channels];
        data_ = copies_.data();
    }
    Repeated(const Repeated&) = delete;
    Repeated& operator=(const Repeated&) = delete;

    [[nodiscard]] const T* data() const noexcept { return data_; }

private:
    std::array<T, 2 * least_width> copies_;
    const T* data_;
};

/// A sum for each place of width_of(channels), 0 at first; fold() adds up what belongs to one channel, in fixed order.
class RepeatedSums {
public:
    RepeatedSums(std::span<double> sums, std::size_t channels) : sums_{sums.data()}, channels_{channels} {
        data_ = channels >= least_width ? sums_ : copies_.data();
        std::fill_n(data_, width_of(channels), 0.0);
    }
    RepeatedSums(const RepeatedSums&) = delete;
    RepeatedSums& operator=(const RepeatedSums&) = delete;

    [[nodiscard]] double* data() const noexcept { return data_; }

    void fold() const {
        if (data_ == sums_)
            return;
        std::fill_n(sums_, channels_, 0.0);
        for (std::size_t i = 0; i < width_of(channels_); ++i)
            sums_[i % channels_] += data_[i];
    }

private:
    std::array<double, 2 * least_width> copies_;
    double* sums_;
    double* data_;
    std::size_t channels_;
};

}  // namespace plexus::kernels
