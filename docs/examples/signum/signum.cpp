// An optimizer: how a gradient changes a parameter.
#include <plexus/plugin.hpp>

#include <memory>

namespace {

/// Every weight moves by the learning rate, whatever the size of its gradient: only the sign of the average counts.
///     v = momentum v + (1 - momentum) g
///     w -= learning_rate sign(v)
/// v starts at 0 and is a slot, "momentum".
/// Source: Bernstein et al. 2018, arXiv 1802.04434, algorithm 2.
struct Signum final : plexus::Optimizer {
    Signum(const plexus::Attributes& a, const plexus::Factory& factory)
        : rate{factory.schedule(a.typed("learning_rate"))}, momentum{a.get<float>("momentum")} {}

    void declare(plexus::OptimizerContext& c) const override { c.slot("momentum"); }

    [[nodiscard]] double learning_rate(const plexus::Progress& progress) const override {
        return rate->value(progress);
    }

    void update(const plexus::UpdateContext& c) const override {
        const auto w = c.parameter();
        const auto g = c.gradient();
        const auto v = c.slot(0);
        const auto step = static_cast<float>(c.learning_rate());
        for (std::size_t i = 0; i < w.size(); ++i) {
            v[i] = momentum * v[i] + (1 - momentum) * g[i];
            w[i] -= v[i] > 0 ? step : v[i] < 0 ? -step : 0;
        }
    }

    std::unique_ptr<plexus::Schedule> rate;
    float momentum;
};

}  // namespace

PLEXUS_PLUGIN("signum", "1.0.0", registry) {
    registry
        .optimizer<Signum>("signum", "Moves each weight by the learning rate, against the sign of its mean gradient")
        .typed_or_number("learning_rate", plexus::Kind::schedule, "constant", plexus::Value{0.001},
                         "step size, or a schedule of it")
        .attribute("momentum", 0.9, "share of the mean gradient that a step keeps")
        .at_least(0)
        .below(1)
        .formula("v = momentum v + (1 - momentum) g; w -= learning_rate sign(v)");
}
