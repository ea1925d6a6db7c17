#include "core/train/resize.hpp"

#include <algorithm>
#include <cmath>

namespace plexus {

Array resize(const Array& image, std::int64_t height, std::int64_t width) {
    const std::int64_t h = image.shape()[0], w = image.shape()[1], channels = image.shape()[2];
    Array out({{height, width, channels}, Element::uint8});
    const auto from = image.as<std::uint8_t>();
    const auto at = [&](std::int64_t y, std::int64_t x, std::int64_t c) {
        return static_cast<double>(from[static_cast<std::size_t>(
            (std::clamp<std::int64_t>(y, 0, h - 1) * w + std::clamp<std::int64_t>(x, 0, w - 1)) * channels + c)]);
    };
    auto to = out.as<std::uint8_t>().begin();
    for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x) {
            const double sy =
                (static_cast<double>(y) + 0.5) * static_cast<double>(h) / static_cast<double>(height) - 0.5;
            const double sx =
                (static_cast<double>(x) + 0.5) * static_cast<double>(w) / static_cast<double>(width) - 0.5;
            const auto y0 = static_cast<std::int64_t>(std::floor(sy)), x0 = static_cast<std::int64_t>(std::floor(sx));
            const double fy = sy - static_cast<double>(y0), fx = sx - static_cast<double>(x0);
            for (std::int64_t c = 0; c < channels; ++c)
                *to++ = static_cast<std::uint8_t>(
                    std::lround((1 - fy) * ((1 - fx) * at(y0, x0, c) + fx * at(y0, x0 + 1, c)) +
                                fy * ((1 - fx) * at(y0 + 1, x0, c) + fx * at(y0 + 1, x0 + 1, c))));
        }
    return out;
}

Array grey(const Array& image) {
    const std::int64_t channels = image.shape()[2];
    Array out({{image.shape()[0], image.shape()[1], 1}, Element::uint8});
    const auto from = image.as<std::uint8_t>();
    auto to = out.as<std::uint8_t>();
    for (std::size_t i = 0; i < to.size(); ++i) {
        const std::uint8_t* pixel = from.data() + i * static_cast<std::size_t>(channels);
        to[i] = channels < 3
                    ? pixel[0]
                    : static_cast<std::uint8_t>(std::lround(0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]));
    }
    return out;
}

}  // namespace plexus
