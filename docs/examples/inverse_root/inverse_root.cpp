// A schedule: a number that changes while training goes on.
#include <plexus/plugin.hpp>

#include <algorithm>
#include <cmath>

namespace {

/// A straight climb to `peak` during the warm-up, then a fall with the square root of the steps. Step s, from 0, has
///     peak min((s + 1) / warmup, sqrt(warmup / (s + 1)))
/// A warm-up below one step is one step.
/// Source: Vaswani et al. 2017, arXiv 1706.03762, section 5.3.
struct InverseRoot final : plexus::Schedule {
    explicit InverseRoot(const plexus::Attributes& a)
        : peak{a.get<double>("peak")}, warmup{plexus::Duration::from(a, "warmup")} {}

    [[nodiscard]] double value(const plexus::Progress& progress) const override {
        const auto climb = static_cast<double>(std::max<std::uint64_t>(warmup.steps(progress), 1));
        const auto step = static_cast<double>(progress.step + 1);
        return peak * std::min(step / climb, std::sqrt(climb / step));
    }

    double peak;
    plexus::Duration warmup;
};

}  // namespace

PLEXUS_PLUGIN("inverse_root", "1.0.0", registry) {
    const plexus::Value tenth{plexus::Value::Map{{"fraction", plexus::Value{0.1}, {}}}};
    registry.schedule<InverseRoot>("inverse_root", "Climbs, then falls with the square root of the steps")
        .required("peak", plexus::AttributeSpec::Form::number, "highest value, at the warm-up's end")
        .range(0, 1000)
        .any("warmup", tenth, "how long it climbs: {step: n}, {epoch: n} or {fraction: f}")
        .formula("peak min((step + 1) / warmup, sqrt(warmup / (step + 1)))");
}
