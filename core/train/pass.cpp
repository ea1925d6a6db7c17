#include "core/train/pass.hpp"

#include <algorithm>

#include "core/train/carries.hpp"

namespace plexus {

void load_alone(Executor& executor, Feed& feed) {
    static const Plan nothing{};
    executor.prepare(nothing);
    executor.run(nothing, {}, {}, &feed);
    feed.turn();
}

std::optional<Tally> run_pass(Executor& executor, const PassInput& in, const std::atomic<bool>& stop) {
    Tally tally;
    const auto full = static_cast<std::size_t>(in.plans.batch());
    const auto batch_at = [&](std::size_t first) {
        return in.samples.subspan(first, std::min(full, in.samples.size() - first));
    };
    const auto aim = [&](std::size_t first) {
        const auto batch = batch_at(first);
        in.feed.aim(in.plans.at(batch.size()), batch);
    };
    if (in.samples.empty())
        return tally;
    Carries carries;
    carries.begin(in.plans.at(batch_at(0).size()));
    aim(0);
    load_alone(executor, in.feed);
    for (std::size_t first = 0; first < in.samples.size(); first += full) {
        if (stop.load(std::memory_order_relaxed))
            return std::nullopt;
        const std::size_t size = batch_at(first).size();
        const Plan& plan = in.plans.at(size);
        const bool more = first + size < in.samples.size();
        if (more)
            aim(first + size);
        Bindings bindings{.batch = in.feed.current(),
                          .parameters = in.parameters,
                          .states = in.states,
                          .derived = in.plans.derived(size)};
        carries.bind(bindings);
        const StepInput input{.seed = in.seed,
                              .execution = first / full,
                              .estimate_share = static_cast<double>(size) / static_cast<double>(first + size),
                              .derived_fresh = in.plans.fresh(size, in.parameters, in.version)};
        try {
            executor.run(plan, bindings, input, more ? &in.feed : nullptr);
        } catch (const SampleError& error) {
            throw in.feed.blame(error, batch_at(first));
        }
        carries.turn();
        tally.add(executor, plan, in.session);
        if (more)
            in.feed.turn();
    }
    return tally;
}

}  // namespace plexus
