#include "averaging.hpp"

#include <utility>

#include "kernels/elementwise.hpp"

namespace plexus::optimizers {

using kernels::Floats;

Averaging::Averaging(const Attributes& a, const Factory& factory, Own own)
    : Wrapper{a, factory, std::move(own)}, start_{Duration::from(a, "start")} {}

std::optional<std::size_t> Averaging::inference_slot(std::span<const double> counters) const {
    return own(counters)[0] > 0 ? slot(0) : Wrapper::inference_slot(counters);
}

Schema& Averaging::add_start(Schema& schema, Value::Map standard) {
    return schema.any("start", std::move(standard), "when averaging begins: {step: n}, {epoch: n} or {fraction: f}");
}

std::uint64_t Averaging::start(const Progress& progress) const {
    return start_.steps(progress);
}

void Averaging::count(const Progress& progress, std::span<double> own) const {
    const std::uint64_t done = progress.step + 1;
    const double joining = done > start(progress) && joins(done, progress) ? 1 : 0;
    own[0] += joining;
    own[1] = joining;
}

void Averaging::follow(const UpdateContext& c) const {
    if (counter(c, 1) == 0)
        return;
    const auto parts = static_cast<float>(divisor(counter(c, 0)));
    const auto weights = c.parameter();
    kernels::apply(
        [parts](Floats & average, const Floats& w) __attribute__((always_inline)) { average += (w - average) / parts; },
        weights.size(), c.slot(slot(0)).data(), static_cast<const float*>(weights.data()));
}

}  // namespace plexus::optimizers
