// Loops over rows of channels, with constants or sums of each channel: rows of few channels are taken several at once.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

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

namespace detail {

/// sum_over_rows() for `count` places, eight or fewer, of whole rows.
template <class Op, class C, std::size_t... I, class... T>
[[gnu::always_inline]] inline void sum_places(const Op& op, std::size_t rows, std::size_t width, std::size_t from,
                                              std::size_t count, double* sums, double* products,
                                              const std::array<const C*, sizeof...(I)>& constants,
                                              std::index_sequence<I...>, const T*... arrays) {
    const auto some = [=](const auto* values) __attribute__((always_inline)) {
        return to_floats(count == lanes ? load(values + from) : load_some(values + from, count));
    };
    std::array<double, 2 * lanes> copies{};
    std::copy_n(sums + from, count, copies.data());
    std::copy_n(products + from, count, copies.data() + lanes);
    // Four by four: GCC keeps wider sums of a loop in memory.
    std::array<HalfDoubles, 4> all;
    __builtin_memcpy(all.data(), copies.data(), sizeof all);
    HalfDoubles sum0 = all[0], sum1 = all[1], product0 = all[2], product1 = all[3];
    const std::array<Floats, sizeof...(I)> constant{some(constants[I])...};
    for (std::size_t at = 0; at != rows * width; at += width) {
        Doubles term, factor;
        op(term, factor, constant[I]..., some(arrays + at)...);
        sum0 += lower(term);
        sum1 += upper(term);
        product0 += lower(factor);
        product1 += upper(factor);
    }
    all = {sum0, sum1, product0, product1};
    __builtin_memcpy(copies.data(), all.data(), sizeof all);
    std::copy_n(copies.data(), count, sums + from);
    std::copy_n(copies.data() + lanes, count, products + from);
}

}  // namespace detail

/// Adds what `op(sum, product, constants..., v0, v1, ...)` assigns to `sum` and `product` for each place of the rows of
/// `arrays`, [size / width, width], of which the last may be shorter, to the sums of its place in a row, which also has
/// the constants. The sums of several rows stay in registers; they are added in the order of the rows all the same.
/// Inline: for use inside dispatch().
template <class Op, class C, std::size_t N, class... T>
[[gnu::always_inline]] inline void sum_over_rows(const Op& op, std::size_t size, std::size_t width, double* sums,
                                                 double* products, const std::array<const C*, N>& constants,
                                                 const T*... arrays) {
    constexpr std::size_t together = 16;
    constexpr std::make_index_sequence<N> all;
    for (std::size_t at = 0; at < size;) {
        const std::size_t rows = std::clamp<std::size_t>((size - at) / width, 1, together);
        const std::size_t length = std::min(width, size - at);
        std::size_t i = 0;
        for (; i + lanes <= length; i += lanes)
            detail::sum_places(op, rows, width, i, lanes, sums, products, constants, all, arrays + at...);
        if (i < length)
            detail::sum_places(op, rows, width, i, length - i, sums, products, constants, all, arrays + at...);
        at += rows * width;
    }
}

}  // namespace plexus::kernels
