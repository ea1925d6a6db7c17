#include "warmup.hpp"

namespace plexus::schedules {

Warmup::Warmup(const Attributes& a) {
    if (a.has("warmup"))
        duration_ = Duration::from(a, "warmup");
}

double Warmup::factor(const Progress& progress) const {
    const std::uint64_t steps = duration_ ? duration_->steps(progress) : 0;
    return progress.step < steps ? static_cast<double>(progress.step + 1) / static_cast<double>(steps) : 1.0;
}

double Warmup::share_done(const Progress& progress) const {
    const std::uint64_t steps = duration_ ? duration_->steps(progress) : 0;
    if (progress.step <= steps)
        return 0;
    if (progress.step >= progress.total_steps)
        return 1;
    return static_cast<double>(progress.step - steps) / static_cast<double>(progress.total_steps - steps);
}

void Warmup::add_to(Schema& schema) {
    schema.optional("warmup", AttributeSpec::Form::any,
                    "climbs to the first value during this time: {step: n}, {epoch: n} or {fraction: f}");
}

}  // namespace plexus::schedules
