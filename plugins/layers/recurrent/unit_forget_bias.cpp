#include <algorithm>

#include "recurrent.hpp"

namespace plexus::recurrent {
namespace {

/// 1 in the second quarter of each row, which is the forget gate's; what `others` gives everywhere else. So an lstm
/// begins by remembering. Of a row that cannot be cut into quarters, the second one ends where it would by rounding
/// down.
/// Source: Jozefowicz et al. 2015; keras.layers.LSTM(unit_forget_bias=True).
struct UnitForgetBias final : Initializer {
    UnitForgetBias(const Attributes& a, const Factory& factory) : others_{factory.initializer(a.typed("others"))} {}

    void fill(std::span<float> values, const Shape& shape, RandomKey key) const override {
        others_->fill(values, shape, key);
        const auto row = shape.rank() == 0 ? 1 : static_cast<std::size_t>(shape.back());
        for (std::size_t at = 0; row > 0 && at < values.size(); at += row)
            std::ranges::fill(values.subspan(at + row / 4, row / 2 - row / 4), 1.0F);
    }

    std::unique_ptr<const Initializer> others_;
};

}  // namespace

void add_unit_forget_bias(Registry& registry) {
    registry.initializer<UnitForgetBias>("unit_forget_bias", "1 for the forget gate of an lstm")
        .typed("others", Kind::initializer, "zeros", "values for the other gates")
        .formula("[others, 1, others, others]");
}

}  // namespace plexus::recurrent
