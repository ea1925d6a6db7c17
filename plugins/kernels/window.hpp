// Where windows lie on the rows and columns of an image: sizes, strides and padding of convolution and pooling.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plexus/attributes.hpp"
#include "plexus/shape.hpp"

namespace plexus::kernels {

/// What windows are laid on.
enum class Along : std::uint8_t {
    steps,  ///< of a sequence, [N, T, F], which is an image of one row, [N, 1, T, F]
    image,  ///< its rows and columns, [N, H, W, C]
};

/// The image that is meant.
[[nodiscard]] Shape image_of(Along along, const Shape& input);
/// The other way round: of an image's sizes those that its kind of layer has.
[[nodiscard]] Shape without_rows(Along along, const Shape& image);
/// "[batch, steps, features]" or "[batch, rows, columns, channels]"
[[nodiscard]] const char* dimensions_of(Along along) noexcept;
/// "3", or "2 x 3" where there are rows.
[[nodiscard]] std::string extent_of(Along along, std::int64_t rows, std::int64_t columns);
/// An attribute that has a number for rows and one for columns; of steps one number, and 1 for the row.
[[nodiscard]] std::array<std::int64_t, 2> sides_of(Along along, const Attributes& a, std::string_view name);

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

/// The attribute `padding`: `valid`, `same`, a number, or [[top, bottom], [left, right]]; of steps [left, right].
class Padding {
public:
    /// Throws a.error() for anything else.
    Padding(const Attributes& a, std::string_view name, Along along = Along::image);
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
