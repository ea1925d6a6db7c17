#include "image.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace plexus::datasets {
namespace {

/// The two source pixels of one output pixel, and the second's share.
struct Tap {
    std::size_t first;
    std::size_t second;
    float share;
};

std::vector<Tap> taps(std::int64_t from, std::int64_t to) {
    std::vector<Tap> all;
    for (std::int64_t i = 0; i < to; ++i) {
        const double centre =
            (static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5;
        const double place = std::clamp(centre, 0.0, static_cast<double>(from - 1));
        const double below = std::floor(place);
        const auto first = static_cast<std::size_t>(below);
        all.push_back(
            {first, std::min(first + 1, static_cast<std::size_t>(from - 1)), static_cast<float>(place - below)});
    }
    return all;
}

/// One channel of one pixel, by what `out` wants.
float value(const std::uint8_t* pixel, std::int64_t channels, std::int64_t wanted, std::int64_t channel) {
    if (channels == wanted)
        return pixel[channel];
    if (channels == 1)
        return pixel[0];
    return 0.299F * pixel[0] + 0.587F * pixel[1] + 0.114F * pixel[2];
}

}  // namespace

void fit_image(const ConstTensor& image, const Tensor& out) {
    const std::span<const std::uint8_t> from = image.as<std::uint8_t>();
    const std::span<std::uint8_t> to = out.as<std::uint8_t>();
    if (image.shape() == out.shape()) {
        std::ranges::copy(from, to.begin());
        return;
    }
    const std::int64_t channels = image.shape()[2];
    const std::int64_t wanted = out.shape()[2];
    const std::vector<Tap> rows = taps(image.shape()[0], out.shape()[0]);
    const std::vector<Tap> columns = taps(image.shape()[1], out.shape()[1]);
    const auto width = static_cast<std::size_t>(image.shape()[1]);
    const auto at = [&](std::size_t row, std::size_t column) {
        return from.data() + (row * width + column) * static_cast<std::size_t>(channels);
    };
    std::size_t next = 0;
    for (const Tap& row : rows)
        for (const Tap& column : columns)
            for (std::int64_t channel = 0; channel < wanted; ++channel) {
                const auto pixel = [&](std::size_t y, std::size_t x) {
                    return value(at(y, x), channels, wanted, channel);
                };
                const float a = pixel(row.first, column.first);
                const float b = pixel(row.first, column.second);
                const float c = pixel(row.second, column.first);
                const float d = pixel(row.second, column.second);
                const float above = a + (b - a) * column.share;
                const float below = c + (d - c) * column.share;
                to[next++] = static_cast<std::uint8_t>(above + (below - above) * row.share + 0.5F);
            }
}

}  // namespace plexus::datasets
