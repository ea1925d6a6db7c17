#include <algorithm>
#include <cmath>

#include "plexus/text.hpp"
#include "resampled.hpp"
#include "resampling.hpp"

namespace plexus::resampling {
namespace {

/// Makes an image larger by whole factors.
///   x  [N, H, W, C]  float32
///   y  [N, size[0] H, size[1] W, C]
/// `nearest` repeats each row and column. `bilinear` takes places between the centres of pixels from both, by their
/// distance, and what lies beyond the outermost centres from the edge: Keras's, and PyTorch's align_corners=False.
/// Refused when the attributes are read: a factor below 1.
struct Upsampling2d final : Resampled {
    explicit Upsampling2d(const Attributes& a)
        : size_{a.get<std::array<std::int64_t, 2>>("size")},
          bilinear_{a.get<std::string>("interpolation") == "bilinear"} {
        for (const std::int64_t factor : size_)
            if (factor < 1 || factor > 1024)
                throw a.error("size", text("'size' has a ", factor, "; it must be from 1 to 1024"));
    }

private:
    [[nodiscard]] std::vector<Tap> taps(std::size_t side, std::int64_t extent) const override {
        const std::int64_t factor = size_[side];
        std::vector<Tap> taps;
        for (std::int64_t i = 0; i < extent * factor; ++i) {
            if (!bilinear_) {
                taps.push_back({i / factor});
                continue;
            }
            const double place = std::max(0.0, (static_cast<double>(i) + 0.5) / static_cast<double>(factor) - 0.5);
            const auto before = static_cast<std::int64_t>(std::floor(place));
            taps.push_back(
                {before, std::min(before + 1, extent - 1), static_cast<float>(place - static_cast<double>(before))});
        }
        return taps;
    }

    std::array<std::int64_t, 2> size_;
    bool bilinear_;
};

}  // namespace

void add_upsampling2d(Registry& registry) {
    registry.layer<Upsampling2d>("upsampling2d", "Makes an image larger by whole factors")
        .pair("size", 2, "factors of rows and columns")
        .attribute("interpolation", "nearest", "how places between pixels are filled")
        .choices({"nearest", "bilinear"})
        .formula("y[p, q] = x[p / size, q / size], or between four of these")
        .shapes("x  [N, H, W, C]\ny  [N, size H, size W, C]");
}

}  // namespace plexus::resampling
