#include "draws.hpp"
#include "initializers.hpp"

namespace plexus::initializers {
namespace {

/// Independent normal numbers.
struct Normal final : Initializer {
    explicit Normal(const Attributes& a) : mean_{a.get<double>("mean")}, stddev_{a.get<double>("stddev")} {}
    void fill(std::span<float> values, const Shape&, RandomKey key) const override {
        draw_normal(values, mean_, stddev_, key);
    }
    double mean_;
    double stddev_;
};

/// Independent normal numbers; those farther than two stddev from the mean are drawn again. As in Keras, stddev is that
/// of the distribution before it is cut.
struct TruncatedNormal final : Initializer {
    explicit TruncatedNormal(const Attributes& a) : mean_{a.get<double>("mean")}, stddev_{a.get<double>("stddev")} {}
    void fill(std::span<float> values, const Shape&, RandomKey key) const override {
        draw_truncated_normal(values, mean_, stddev_, key);
    }
    double mean_;
    double stddev_;
};

/// Independent numbers, all of minval .. maxval equally likely.
/// Refused when the attributes are read: maxval below minval.
struct Uniform final : Initializer {
    explicit Uniform(const Attributes& a) : minval_{a.get<double>("minval")}, maxval_{a.get<double>("maxval")} {
        if (maxval_ < minval_)
            throw a.error("maxval", text("'maxval' is ", maxval_, ", below minval ", minval_));
    }
    void fill(std::span<float> values, const Shape&, RandomKey key) const override {
        draw_uniform(values, minval_, maxval_, key);
    }
    double minval_;
    double maxval_;
};

void add_moments(Schema& schema) {
    schema.attribute("mean", 0.0, "mean").attribute("stddev", 0.05, "standard deviation").at_least(0);
}

}  // namespace

void add_random(Registry& registry) {
    for (const char* name : {"normal", "random_normal"})  // PyTorch's word and Keras's
        add_moments(registry.initializer<Normal>(name, "Normally distributed").formula("mean + stddev N(0, 1)"));
    add_moments(registry.initializer<TruncatedNormal>("truncated_normal", "Normally distributed, without the tails")
                    .formula("mean + stddev z, z from N(0, 1) where |z| <= 2"));
    registry.initializer<Uniform>("random_uniform", "Evenly distributed")
        .attribute("minval", -0.05, "lowest value")
        .attribute("maxval", 0.05, "upper bound")
        .formula("U(minval, maxval)");
}

}  // namespace plexus::initializers
