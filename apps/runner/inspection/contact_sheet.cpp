#include "apps/runner/inspection/contact_sheet.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "apps/runner/inspection/statistics.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"

namespace runner {
namespace {

/// A kernel as pictures: value (y, x, channel) of picture f is values[((y * columns + x) * channels + channel) * count
/// + f].
struct Pictures {
    std::int64_t rows = 0, columns = 0, channels = 0, count = 0;
    [[nodiscard]] std::int64_t shown() const { return channels == 3 ? 3 : 1; }
};

Pictures pictures_of(const plexus::Shape& shape, const std::string& name) {
    const auto side_of = [](std::int64_t pixels) {
        const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(pixels))));
        return side * side == pixels && side > 1 ? side : 0;
    };
    if (shape.elements() > 0 && shape.rank() == 4)
        return {shape[0], shape[1], shape[2], shape[3]};
    if (shape.elements() > 0 && shape.rank() == 2) {
        if (const std::int64_t side = side_of(shape[0]))
            return {side, side, 1, shape[1]};
        if (const std::int64_t side = shape[0] % 3 == 0 ? side_of(shape[0] / 3) : 0)
            return {side, side, 3, shape[1]};
    }
    throw plexus::InputError(plexus::text(name, " has shape ", shape,
                                          "; --image shows kernels [H, W, C, F] of a convolution, or [H * H * C, F] of "
                                          "a dense layer that reads square images"));
}

struct Range {
    double minimum = std::numeric_limits<double>::infinity();
    double maximum = -std::numeric_limits<double>::infinity();

    void take(double value) {
        if (std::isfinite(value)) {
            minimum = std::min(minimum, value);
            maximum = std::max(maximum, value);
        }
    }
    /// Flat pictures are grey, and what is not finite is black.
    [[nodiscard]] std::uint8_t shade(double value) const {
        if (!std::isfinite(value))
            return 0;
        return maximum > minimum ? static_cast<std::uint8_t>(std::lround(255 * (value - minimum) / (maximum - minimum)))
                                 : 128;
    }
};

}  // namespace

plexus::Array contact_sheet(const plexus::ConstTensor& kernel, const std::string& name) {
    constexpr std::int64_t gap = 2, tile_pixels = 32, most_pixels = 64'000'000;
    constexpr std::uint8_t background = 64;  // neither black nor white, which kernels are full of
    const Pictures p = pictures_of(kernel.shape(), name);
    const std::int64_t scale = std::max<std::int64_t>(1, tile_pixels / std::max(p.rows, p.columns));
    const auto across = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(p.count))));
    const std::int64_t down = (p.count + across - 1) / across;
    const std::int64_t step_y = p.rows * scale + gap, step_x = p.columns * scale + gap;
    const std::int64_t height = down * step_y + gap, width = across * step_x + gap;
    if (height > most_pixels / width)
        throw plexus::InputError(plexus::text(name, ": a sheet of ", p.count, " pictures is too large"));

    const std::vector<double> values = as_doubles(kernel);
    plexus::Array sheet{plexus::TensorType{{height, width, p.shown()}, plexus::Element::uint8}};
    const auto pixels = sheet.as<std::uint8_t>();
    std::ranges::fill(pixels, background);
    const auto value = [&](std::int64_t f, std::int64_t y, std::int64_t x, std::int64_t c) {
        return values[static_cast<std::size_t>(((y * p.columns + x) * p.channels + c) * p.count + f)];
    };
    for (std::int64_t f = 0; f < p.count; ++f) {
        Range range;
        for (std::int64_t i = 0; i < p.rows * p.columns * p.shown(); ++i)
            range.take(value(f, i / p.shown() / p.columns, i / p.shown() % p.columns, i % p.shown()));
        const std::int64_t top = f / across * step_y + gap, left = f % across * step_x + gap;
        for (std::int64_t y = 0; y < p.rows * scale; ++y)
            for (std::int64_t x = 0; x < p.columns * scale; ++x)
                for (std::int64_t c = 0; c < p.shown(); ++c)
                    pixels[static_cast<std::size_t>(((top + y) * width + left + x) * p.shown() + c)] =
                        range.shade(value(f, y / scale, x / scale, c));
    }
    return sheet;
}

}  // namespace runner
