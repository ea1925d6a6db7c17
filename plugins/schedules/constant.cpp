#include "schedules.hpp"
#include "warmup.hpp"

namespace plexus::schedules {
namespace {

/// The same value at every step, after the warm-up.
struct Constant final : Schedule {
    explicit Constant(const Attributes& a) : value_{a.get<double>("value")}, warmup_{a} {}

    [[nodiscard]] double value(const Progress& progress) const override { return value_ * warmup_.factor(progress); }

    double value_;
    Warmup warmup_;
};

}  // namespace

void add_constant(Registry& registry) {
    Schema& schema = registry.schedule<Constant>("constant", "The same value at every step");
    schema.required("value", AttributeSpec::Form::number, "the value").at_least(0).formula("value");
    Warmup::add_to(schema);
}

}  // namespace plexus::schedules
