#include "kernels/elementwise.hpp"
#include "optimizers.hpp"
#include "wrapper.hpp"

namespace plexus::optimizers {
namespace {

using kernels::Floats;

/// Keeps all weights within limits around another optimizer: after each step of `base`,
///     w = min(max(w, -limit), limit)
/// A NaN stays one. It bounds the slope of a network, which the critic of a Wasserstein GAN wants. An average that base
/// keeps is of the weights before: write swa and ema around weight_clipping, not inside of it.
/// Source: Arjovsky, Chintala and Bottou 2017, arXiv 1701.07875, algorithm 1.
struct WeightClipping final : Wrapper {
    WeightClipping(const Attributes& a, const Factory& factory)
        : Wrapper{a, factory, {}}, limit_{a.get<float>("limit")} {}

private:
    void follow(const UpdateContext& c) const override {
        const float limit = limit_;
        const auto weights = c.parameter();
        kernels::apply(
            [limit](Floats & w) __attribute__((always_inline)) {
                w = w < -limit ? -limit + Floats{} : w > limit ? limit + Floats{} : w;
            },
            weights.size(), weights.data());
    }

    float limit_;
};

}  // namespace

void add_weight_clipping(Registry& registry) {
    Schema& schema = registry.optimizer<WeightClipping>(
        "weight_clipping", "Keeps the weights that another optimizer moves within limits, for a critic");
    WeightClipping::add_base(schema)
        .required("limit", AttributeSpec::Form::number, "largest size of a weight")
        .above(0)
        .formula("w = min(max(w, -limit), limit)");
}

}  // namespace plexus::optimizers
