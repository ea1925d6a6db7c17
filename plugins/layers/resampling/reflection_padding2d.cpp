#include "padding.hpp"
#include "plexus/text.hpp"
#include "resampled.hpp"
#include "resampling.hpp"

namespace plexus::resampling {
namespace {

/// Goes on beyond the edges of an image with what lies before them, as in a mirror; the edge itself is not repeated.
///   x  [N, H, W, C]  float32
///   y  [N, top + H + bottom, left + W + right, C]
/// Refused while planning: a padding that reaches beyond the other edge. Refused when the attributes are read: a
/// padding that is none. As torch.nn.ReflectionPad2d.
struct ReflectionPadding2d final : Resampled {
    explicit ReflectionPadding2d(const Attributes& a) : padding_{read_padding(a)} {}

private:
    [[nodiscard]] std::vector<Tap> taps(std::size_t side, std::int64_t extent) const override {
        const auto [before, after] = padding_[side];
        std::vector<Tap> taps;
        for (std::int64_t i = -before; i < extent + after; ++i)
            taps.push_back({i < 0 ? -i : i < extent ? i : 2 * (extent - 1) - i});
        return taps;
    }

    void check(const InferContext& c, std::int64_t rows, std::int64_t columns) const override {
        const std::array<std::int64_t, 2> extents{rows, columns};
        for (std::size_t side = 0; side < 2; ++side)
            for (const std::int64_t places : padding_[side])
                if (places >= extents[side])
                    throw c.error(text("input has shape ", c.source(0), "; ", places, side == 0 ? " rows" : " columns",
                                       " cannot be reflected in an image of ", extents[side],
                                       ": the padding must be smaller"));
    }

    Padding padding_;
};

}  // namespace

void add_reflection_padding2d(Registry& registry) {
    Schema& schema = registry.layer<ReflectionPadding2d>("reflection_padding2d", "Mirrors an image at its edges");
    declare_padding(schema);
    schema.formula("y = x, with its reflection around it")
        .shapes("x  [N, H, W, C]\ny  [N, top + H + bottom, left + W + right, C]");
}

}  // namespace plexus::resampling
