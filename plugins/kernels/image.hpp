// A padded image, and the places in it that a convolution reads: plain tables of offsets, made while planning.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "kernels/convolution.hpp"

namespace plexus::kernels {

/// Rows, columns and channels of one sample, and the border of zeros that is to be around it.
struct Image {
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    std::int64_t channels = 1;
    std::int64_t top = 0;
    std::int64_t bottom = 0;
    std::int64_t left = 0;
    std::int64_t right = 0;

    [[nodiscard]] bool padded() const noexcept { return top + bottom + left + right > 0; }
    [[nodiscard]] std::int64_t elements() const noexcept { return rows * columns * channels; }
    [[nodiscard]] std::int64_t width() const noexcept { return columns + left + right; }
    [[nodiscard]] std::int64_t padded_elements() const noexcept { return (rows + top + bottom) * width() * channels; }
    /// Of a pixel, counted from the image's own corner, in floats; may lie in the border.
    [[nodiscard]] std::int32_t place(std::int64_t row, std::int64_t column) const noexcept {
        return static_cast<std::int32_t>(((row + top) * width() + column + left) * channels);
    }
    /// Copies one sample and writes the border.
    void pad(const float* from, float* to) const noexcept {
        const auto line = static_cast<std::size_t>(columns * channels);
        const auto before = static_cast<std::size_t>(left * channels);
        const auto after = static_cast<std::size_t>(right * channels);
        const auto above = static_cast<std::size_t>(top * width() * channels);
        const auto below = static_cast<std::size_t>(bottom * width() * channels);
        std::fill_n(to, above, 0.0F);
        to += above;
        for (std::int64_t row = 0; row < rows; ++row, from += line) {
            std::fill_n(to, before, 0.0F);
            std::memcpy(to + before, from, line * sizeof(float));
            std::fill_n(to + before + line, after, 0.0F);
            to += before + line + after;
        }
        std::fill_n(to, below, 0.0F);
    }
};

/// The border that the forward pass of a convolution wants around x.
[[nodiscard]] inline Image input_image(const Convolution& s) noexcept {
    return {s.rows.extent, s.columns.extent, s.channels,     s.rows.before,
            s.rows.after,  s.columns.before, s.columns.after};
}

/// Where the first element of each window lies in a sample of x.
[[nodiscard]] inline std::vector<std::int32_t> window_places(const Convolution& s, const Image& image) {
    std::vector<std::int32_t> places;
    for (std::int64_t p = 0; p < s.rows.count(); ++p)
        for (std::int64_t q = 0; q < s.columns.count(); ++q)
            places.push_back(image.place(p * s.rows.stride - s.rows.before, q * s.columns.stride - s.columns.before));
    return places;
}

/// Where each element of a window, [R, S, C / groups], lies from the window's first.
[[nodiscard]] inline std::vector<std::int32_t> element_places(const Convolution& s, const Image& image) {
    std::vector<std::int32_t> places;
    for (std::int64_t r = 0; r < s.rows.size; ++r)
        for (std::int64_t q = 0; q < s.columns.size; ++q)
            for (std::int64_t c = 0; c < s.channels / s.groups; ++c)
                places.push_back(static_cast<std::int32_t>(
                    (r * s.rows.dilation * image.width() + q * s.columns.dilation) * image.channels + c));
    return places;
}

}  // namespace plexus::kernels
