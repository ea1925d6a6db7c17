// Where windows lie on the rows and columns of an image: sizes, strides and padding of convolution and pooling.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
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
    /// The other way round: sets extent, before and after of the image that so many windows are laid on, which
    /// `extra`, below the stride, makes longer at its end. Left out, `valid` and `same` have the extent that Keras's
    /// transposed convolutions have, max((windows - 1) stride + reach, windows stride) and windows stride; numbers have
    /// PyTorch's, with 0. With `same`, extra is counted from (windows - 1) stride + reach % 2, as in Keras.
    void lay(Window& rows, Window& columns, std::array<std::int64_t, 2> windows,
             const std::optional<std::array<std::int64_t, 2>>& extra) const noexcept;

private:
    void lay(Window& w, std::int64_t windows, std::optional<std::int64_t> extra, std::size_t side) const noexcept;

    bool valid_ = false;
    bool same_ = false;
    std::array<std::int64_t, 4> sides_{};  ///< top, bottom, left, right
};

}  // namespace plexus::kernels
