#include "core/train/picture.hpp"

#include <algorithm>
#include <cmath>

namespace plexus {
namespace {

constexpr std::size_t gap = 2;
constexpr std::uint8_t grey = 96;

double value_at(const Array& samples, std::size_t i) {
    return samples.type().element == Element::uint8 ? samples.as<std::uint8_t>()[i]
                                                    : static_cast<double>(samples.as()[i]);
}

}  // namespace

bool is_image(const Shape& sample) {
    return sample.rank() == 2 || (sample.rank() == 3 && (sample[2] == 1 || sample[2] == 3));
}

Array picture_of(const Array& samples, std::size_t columns, double black, double white) {
    const Shape& shape = samples.shape();
    const auto count = static_cast<std::size_t>(shape[0]);
    const auto h = static_cast<std::size_t>(shape[1]), w = static_cast<std::size_t>(shape[2]);
    const std::size_t channels = shape.rank() == 4 ? static_cast<std::size_t>(shape[3]) : 1;
    const std::size_t rows = (count + columns - 1) / columns;
    const std::size_t height = rows * (h + gap) - gap, width = columns * (w + gap) - gap;
    Array picture(
        {{static_cast<std::int64_t>(height), static_cast<std::int64_t>(width), static_cast<std::int64_t>(channels)},
         Element::uint8});
    const auto to = picture.as<std::uint8_t>();
    std::ranges::fill(to, grey);
    const auto from = samples.as();
    for (std::size_t n = 0; n < count; ++n)
        for (std::size_t y = 0; y < h; ++y)
            for (std::size_t x = 0; x < w * channels; ++x) {
                const double share =
                    (static_cast<double>(from[(n * h + y) * w * channels + x]) - black) / (white - black);
                const std::size_t row = n / columns * (h + gap) + y;
                to[(row * width + n % columns * (w + gap)) * channels + x] =
                    static_cast<std::uint8_t>(std::lround(255 * std::clamp(share, 0.0, 1.0)));
            }
    return picture;
}

double mean_variance(const Array& samples, double scale) {
    const auto count = static_cast<std::size_t>(samples.shape()[0]);
    const auto size = static_cast<std::size_t>(samples.shape().from(1).elements());
    double all = 0;
    for (std::size_t i = 0; i < size; ++i) {
        double sum = 0, squares = 0;
        for (std::size_t n = 0; n < count; ++n) {
            const double v = value_at(samples, n * size + i);
            sum += v;
            squares += v * v;
        }
        const double mean = sum / static_cast<double>(count);
        all += squares / static_cast<double>(count) - mean * mean;
    }
    return size == 0 ? 0 : scale * scale * all / static_cast<double>(size);
}

}  // namespace plexus
