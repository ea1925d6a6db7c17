// Loops over rows of channels, with constants or sums of each channel: rows of few channels are taken several at once.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include "kernels/vector.hpp"

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

namespace detail {

/// Eight sums in the registers that there are, and how many eights a loop takes at once: enough that additions do not
/// wait for each other, few enough for the registers. GCC keeps sums that are wider than these in memory.
/// @{
struct WideSums {
    static constexpr std::size_t together = 2;
    Doubles all;
    [[gnu::always_inline]] void add(const Doubles& terms) { all += terms; }
};
struct NarrowSums {
    static constexpr std::size_t together = 1;
    HalfDoubles low;
    HalfDoubles high;
    [[gnu::always_inline]] void add(const Doubles& terms) {
        low += lower(terms);
        high += upper(terms);
    }
};
/// @}

/// sum_over_rows() for E times eight places of whole rows, or for `count`, below eight.
template <class Sums, std::size_t E, class Op, class C, std::size_t... I, class... T>
[[gnu::always_inline]] inline void sum_places(const Op& op, std::size_t rows, std::size_t width, std::size_t from,
                                              std::size_t count, double* sums, double* products,
                                              const std::array<const C*, sizeof...(I)>& constants,
                                              std::index_sequence<I...>, const T*... arrays) {
    const auto some = [=](const auto* values, std::size_t e) __attribute__((always_inline)) {
        values += from + e * lanes;
        return to_floats(count >= lanes ? load(values) : load_some(values, count));
    };
    std::array<double, E * lanes> copies{};
    Sums sum[E], product[E];
    std::copy_n(sums + from, count, copies.data());
    __builtin_memcpy(sum, copies.data(), sizeof sum);
    std::copy_n(products + from, count, copies.data());
    __builtin_memcpy(product, copies.data(), sizeof product);
    Floats constant[E][sizeof...(I)];
#pragma GCC unroll 2
    for (std::size_t e = 0; e < E; ++e)
        ((constant[e][I] = some(constants[I], e)), ...);
    for (std::size_t at = 0; at != rows * width; at += width)
#pragma GCC unroll 2
        for (std::size_t e = 0; e < E; ++e) {
            Doubles term, factor;
            op(term, factor, constant[e][I]..., some(arrays + at, e)...);
            sum[e].add(term);
            product[e].add(factor);
        }
    __builtin_memcpy(copies.data(), sum, sizeof sum);
    std::copy_n(copies.data(), count, sums + from);
    __builtin_memcpy(copies.data(), product, sizeof product);
    std::copy_n(copies.data(), count, products + from);
}

}  // namespace detail

/// Adds what `op(sum, product, constants..., v0, v1, ...)` assigns to `sum` and `product` for each place of the rows of
/// `arrays`, [size / width, width], of which the last may be shorter, to the sums of its place in a row, which also has
/// the constants. The sums of several rows stay in registers; they are added in the order of the rows all the same.
/// Inline: for use inside dispatch_wide(), which gives `wide`.
template <class Wide, class Op, class C, std::size_t N, class... T>
[[gnu::always_inline]] inline void sum_over_rows(Wide, const Op& op, std::size_t size, std::size_t width, double* sums,
                                                 double* products, const std::array<const C*, N>& constants,
                                                 const T*... arrays) {
    using Sums = std::conditional_t<Wide::value, detail::WideSums, detail::NarrowSums>;
    constexpr std::size_t together = 16;
    constexpr std::make_index_sequence<N> all;
    for (std::size_t at = 0; at < size;) {
        const std::size_t rows = std::clamp<std::size_t>((size - at) / width, 1, together);
        const std::size_t length = std::min(width, size - at);
        std::size_t i = 0;
        constexpr std::size_t most = Sums::together * lanes;
        for (; i + most <= length; i += most)
            detail::sum_places<Sums, Sums::together>(op, rows, width, i, most, sums, products, constants, all,
                                                     arrays + at...);
        for (; i + lanes <= length; i += lanes)
            detail::sum_places<Sums, 1>(op, rows, width, i, lanes, sums, products, constants, all, arrays + at...);
        if (i < length)
            detail::sum_places<Sums, 1>(op, rows, width, i, length - i, sums, products, constants, all, arrays + at...);
        at += rows * width;
    }
}

}  // namespace plexus::kernels
