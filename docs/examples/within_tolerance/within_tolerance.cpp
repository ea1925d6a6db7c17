// A metric: what evaluation counts.
#include <plexus/plugin.hpp>

#include <cmath>

namespace {

/// The share of numbers that are near enough to what they should be.
///   x       [N, ...]  float32, what the network says
///   target  like x
/// partial 0: {numbers near enough, numbers}, which the framework adds over shards and batches
/// Refused while planning: a target of another shape or element type.
struct WithinTolerance final : plexus::Layer {
    explicit WithinTolerance(const plexus::Attributes& a) : tolerance{a.get<float>("tolerance")} {}

    void infer(plexus::InferContext& c) const override {
        const plexus::TensorType& x = c.input(0);
        if (c.input(1) != x)
            throw c.error(plexus::text("target is ", c.input(1).element, " ", c.source(1), "; float32 ", x.shape,
                                       " is wanted, as the input ", c.source(0)));
        c.partial("counts", 2);
        c.no_gradient(0);
        c.no_gradient(1);
    }

    void forward(const plexus::ForwardContext& c) const override {
        const auto x = c.input(0).as();
        const auto target = c.input(1).as();
        std::size_t near = 0;
        for (std::size_t i = 0; i < x.size(); ++i)
            near += std::abs(x[i] - target[i]) <= tolerance;
        c.partial(0)[0] = static_cast<double>(near);
        c.partial(0)[1] = static_cast<double>(x.size());
    }

    void report(std::span<const double> merged, plexus::Report& report) const override {
        report.value("within_tolerance", merged[0] / merged[1], plexus::Better::higher);
    }

    float tolerance;
};

}  // namespace

PLEXUS_PLUGIN("within_tolerance", "1.0.0", registry) {
    registry.metric<WithinTolerance>("within_tolerance", "Share of numbers that are near enough to the target")
        .attribute("tolerance", 0.1, "largest difference that is near enough")
        .range(0, 1e6)
        .formula("mean of [|x - target| <= tolerance]")
        .shapes("x       [N, ...]\ntarget  [N, ...]");
}
