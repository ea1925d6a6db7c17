#include "padding.hpp"
#include "resampled.hpp"
#include "resampling.hpp"

namespace plexus::resampling {
namespace {

/// Lays rows and columns of zeros around an image.
///   x  [N, H, W, C]  float32
///   y  [N, top + H + bottom, left + W + right, C]
/// Refused when the attributes are read: a padding that is none.
struct ZeroPadding2d final : Resampled {
    explicit ZeroPadding2d(const Attributes& a) : padding_{read_padding(a)} {}

private:
    [[nodiscard]] std::vector<Tap> taps(std::size_t side, std::int64_t extent) const override {
        const auto [before, after] = padding_[side];
        std::vector<Tap> taps(static_cast<std::size_t>(before + extent + after));
        for (std::int64_t i = 0; i < extent; ++i)
            taps[static_cast<std::size_t>(before + i)].first = i;
        return taps;
    }

    Padding padding_;
};

}  // namespace

void add_zero_padding2d(Registry& registry) {
    Schema& schema = registry.layer<ZeroPadding2d>("zero_padding2d", "Lays zeros around an image");
    declare_padding(schema);
    schema.formula("y = x, with zeros around it")
        .shapes("x  [N, H, W, C]\ny  [N, top + H + bottom, left + W + right, C]");
}

}  // namespace plexus::resampling
