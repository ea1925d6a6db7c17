#include "core/train/optimizers.hpp"

#include <algorithm>

#include "core/diagnostic/thrown.hpp"
#include "core/plugin/types.hpp"

namespace plexus {
namespace {

bool share_a_network(const PhaseOptimizer& a, const PhaseOptimizer& b) {
    return std::ranges::any_of(a.networks, [&](const std::string& network) {
        return std::ranges::find(b.networks, network) != b.networks.end();
    });
}

/// Slots are as long as all parameters: phases that touch different ones use the same memory.
std::size_t free_slot(const std::vector<PhaseOptimizer>& before, const PhaseOptimizer& own) {
    std::size_t first = 0;
    for (const PhaseOptimizer& other : before)
        if (share_a_network(other, own))
            first = std::max(first, other.first_slot + other.layout.slots.size());
    return first;
}

}  // namespace

Optimizers::Optimizers(const Environment& environment, const Session& session) {
    if (!session.program.train)
        return;
    for (std::size_t p = 0; p < session.program.phases.size(); ++p) {
        const PhaseText& phase = session.program.phases[p];
        if (phase.updates.empty() || phase.losses.empty())
            continue;
        const TypedValue& use = phase.optimizer ? *phase.optimizer : *session.program.train->optimizer;
        PhaseOptimizer own;
        own.phase = p;
        own.optimizer = environment.types().optimizer(use, *session.factory);
        own.use = plugin_use(environment.types(), Kind::optimizer, use);
        own.layout =
            call_plugin(own.use, "while it said what it keeps", Blame::run, [&] { return layout_of(*own.optimizer); });
        own.networks = phase.updates;
        own.first_slot = free_slot(all_, own);
        own.first_counter = counters_;
        slots_ = std::max(slots_, own.first_slot + own.layout.slots.size());
        counters_ += own.layout.counters.size();
        all_.push_back(std::move(own));
    }
    inputs_.resize(session.program.phases.size());
}

const PhaseOptimizer* Optimizers::of_phase(std::size_t phase) const noexcept {
    const auto found = std::ranges::find(all_, phase, &PhaseOptimizer::phase);
    return found == all_.end() ? nullptr : &*found;
}

std::span<const PhaseInput> Optimizers::begin_step(const Plan& plan, const Progress& progress,
                                                   std::span<double> counters) {
    for (std::size_t i = 0; i < plan.phases.size(); ++i) {
        inputs_[i] = {};
        const PhaseOptimizer* const own = of_phase(plan.phases[i].request.number);
        if (own == nullptr)
            continue;
        const std::span<double> of_own = counters_of(*own, counters);
        call_plugin(own->use, "while it began a step", Blame::run,
                    [&] { own->optimizer->begin_step(progress, of_own); });
        const double rate = call_plugin(own->use, "while it was asked for its learning rate", Blame::run,
                                        [&] { return own->optimizer->learning_rate(progress); });
        inputs_[i] = {own->optimizer.get(), &own->use, rate, of_own};
    }
    return {inputs_.data(), plan.phases.size()};
}

std::vector<PhaseRequest> phase_requests(const Session& session, const Optimizers& optimizers) {
    std::vector<PhaseRequest> requests;
    for (std::size_t p = 0; p < session.program.phases.size(); ++p) {
        const PhaseText& phase = session.program.phases[p];
        PhaseRequest request{.name = phase.name, .number = p};
        for (std::size_t i = 0; i < phase.losses.size(); ++i)
            request.losses.push_back({session.parts.losses[p][i], phase.losses[i].weight});
        if (const PhaseOptimizer* own = optimizers.of_phase(p)) {
            request.optimizer = own->optimizer.get();
            request.first_slot = own->first_slot;
            request.gradient_norm = phase.gradient_norm;
        }
        request.networks = phase.updates;
        if (!request.losses.empty())
            requests.push_back(std::move(request));
    }
    return requests;
}

}  // namespace plexus
