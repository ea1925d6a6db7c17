#include "core/scan/step_plan.hpp"

#include <algorithm>
#include <set>

#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr auto number_of(Base base) {
    return static_cast<std::uint8_t>(base);
}

bool is_backward(const Plan& plan, const Op& op) {
    if (op.kind == OpKind::stage)
        return op.stage >= plan.nodes[op.node].forward_stages;
    return op.kind != OpKind::combine;
}

void sort_operations(StepPlan& step) {
    const Plan& plan = step.plan;
    for (std::uint32_t o = 0; o < plan.ops.size(); ++o) {
        const Op& op = plan.ops[o];
        if (op.kind == OpKind::stage && is_derivation(plan.nodes[op.node].stages[op.stage]))
            step.derivations.push_back(o);
        else if (is_backward(plan, op))
            step.backward.push_back(o);
        else if (step.backward.empty())
            step.forward.push_back(o);
        else
            throw RunError(text(describe(plan, op), ": it cannot be run at each step by itself, for it comes after ",
                                describe(plan, plan.ops[step.backward.front()])));
    }
}

// All that a backward operation reads and none before it wrote. Memory is shared in the order of the plan, so what is
// wanted when the backward pass begins lies in different places.
void find_kept(StepPlan& step) {
    const Plan& plan = step.plan;
    std::set<std::uint32_t> known;
    const auto lies_in = [](const Place& place, const Place& start, std::size_t bytes) {
        return place.base == start.base && place.offset >= start.offset && place.offset < start.offset + bytes;
    };
    const auto is_given = [&](const Place& place) {
        return std::ranges::any_of(plan.given_gradients,
                                   [&](const Result& r) { return lies_in(place, r.place, r.type.bytes()); });
    };
    for (const std::uint32_t o : step.backward) {
        const Op& op = plan.ops[o];
        for (std::uint32_t i = 0; i < op.access_count; ++i) {
            const Access& a = plan.accesses[op.accesses + i];
            const bool is_step = a.place.base == number_of(Base::arena) || a.place.base == number_of(Base::scratch) ||
                                 a.place.base == number_of(Base::batch);
            if (a.write || !is_step || a.bytes == 0 || is_given(a.place) || !known.insert(a.value).second)
                continue;
            if (lies_in(a.place, plan.sources[0].place, plan.sources[0].type.bytes()))
                step.backward_reads_x = true;
            else
                step.kept.push_back({a.place.base, a.place.offset, a.bytes});
        }
        for (std::uint32_t i = 0; i < op.access_count; ++i)
            if (const Access& a = plan.accesses[op.accesses + i]; a.write)
                known.insert(a.value);
    }
    for (const StepPlan::Range& range : step.kept)
        step.kept_bytes += range.bytes;
}

// In the plan parameters lie one after the other; of the scan each is an operand of its own.
void part_parameters(Plan& plan, const std::vector<Weight>& parameters) {
    const auto part = [&](Place& place) {
        if (place.base != number_of(Base::parameters))
            return;
        const auto after = std::ranges::upper_bound(parameters, place.offset, {}, &Weight::offset);
        const auto index = static_cast<std::size_t>(after - parameters.begin()) - 1;
        place = {place.offset - parameters[index].offset, static_cast<std::uint8_t>(base_of_parameter(index))};
    };
    for (Place& place : plan.slots)
        part(place);
    for (Access& access : plan.accesses)
        part(access.place);
}

}  // namespace

StepPlan make_step_plan(const StepRequest& r) {
    PlanRequest request{.model = r.model, .mode = r.mode, .batch = r.rows, .shard = r.rows};
    request.keep = r.step->results;
    if (r.mode == Mode::training && (r.wants_gradient || r.wants_x_gradient)) {
        request.given_gradients = r.step->results;
        request.keep_gradients.assign(r.step->sources.begin() + (r.wants_x_gradient ? 0 : 1), r.step->sources.end());
    }
    request.rewrites.tile = false;
    request.precision = r.precision;
    request.workers = r.workers;
    StepPlan step;
    step.plan = make_plan(request);
    sort_operations(step);
    find_kept(step);
    part_parameters(step.plan, r.model->parameters());
    return step;
}

std::unique_ptr<const Model> make_step_model(const StepNetwork& step, const TensorType& x, std::int64_t batch,
                                             const Types& types, const Factory& factory) {
    std::vector<TensorType> sources{{x.shape.from(2), x.element}};
    for (const ScanState& state : step.states)
        sources.push_back({state.shape, Element::float32});
    return std::make_unique<Model>(step.graph, std::move(sources), batch, types, factory);
}

}  // namespace plexus
