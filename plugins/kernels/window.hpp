// Where windows lie on the rows and columns of an image: sizes, strides and padding of convolution and pooling.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "plexus/attributes.hpp"

namespace plexus::kernels {

/// The windows along one dimension of an image.
struct Window {
    std::int64_t extent = 1;    ///< of the image
    std::int64_t size = 1;      ///< of the window, in elements that it reads
    std::int64_t stride = 1;    ///< from one window to the next
    std::int64_t dilation = 1;  ///< from one element of the window to the next
    std::int64_t before = 0;    ///< padding
    std::int64_t after = 0;

    /// What the window spans.
    [[nodiscard]] std::int64_t reach() const noexcept { return (size - 1) * dilation + 1; }
    [[nodiscard]] std::int64_t padded() const noexcept { return extent + before + after; }
    [[nodiscard]] bool fits() const noexcept { return reach() <= padded(); }
    /// How many windows there are, where they fit.
    [[nodiscard]] std::int64_t count() const noexcept { return (padded() - reach()) / stride + 1; }
};

/// The attribute `padding`: `valid`, `same`, a number, or [[top, bottom], [left, right]].
class Padding {
public:
    /// Throws a.error() for anything else.
    Padding(const Attributes& a, std::string_view name);
    /// Sets before and after. `same` is Keras's: ceil(extent / stride) windows, the odd element after the image.
    void apply(Window& rows, Window& columns) const noexcept;

private:
    bool same_ = false;
    std::array<std::int64_t, 4> sides_{};  ///< top, bottom, left, right
};

}  // namespace plexus::kernels
