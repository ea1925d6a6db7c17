#include "core/execute/non_finite.hpp"

#include <algorithm>
#include <cmath>

#include "core/execute/step_call.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

using Role = Operand::Role;

bool is_finite(const void* data, std::int64_t count) {
    const auto* values = static_cast<const float*>(data);
    return std::all_of(values, values + count, [](float v) { return std::isfinite(v); });
}

std::string before_the_step(const Plan& plan, std::byte* const* bases, const Model& model) {
    for (const Weight& w : model.parameters())
        if (!is_finite(bases[static_cast<std::size_t>(Base::parameters)] + w.offset, w.declaration.shape.elements()))
            return text(model.use(w.node).title, ", ", w.declaration.name, ", as it was before this step");
    std::size_t source = 0;
    for (std::size_t n = 0; n < model.graph().size(); ++n) {
        if (!model.graph().node(n).is_source())
            continue;
        const auto& [place, type] = plan.sources.at(source++);
        if (type.element == Element::float32 && !is_finite(bases[place.base] + place.offset, type.shape.elements()))
            return text("the data, '", model.graph().node(n).name, "'");
    }
    return {};
}

// How many elements of an operand lie, one after the other, where an operation finds it; 0: not known.
std::int64_t written(const StepState& state, const Stage& stage, const Operand& o) {
    const Shape& shape = state.node->types[state.node->operands.number(o)].shape;
    const std::int64_t all = shape.elements();
    if (stage.over == Over::shard && per_sample(o.role))
        return all / state.plan->batch * state.op->count;
    if (stage.over != Over::tile)
        return all;
    // A tile along another dimension than the first lies in pieces, but a gradient's has memory of its own.
    const bool together = o == stage.tiled && (o.role == Role::parameter_gradient || stage.tiled_dimension == 0);
    return together && all > 0 ? all / shape[stage.tiled_dimension] * state.op->count : 0;
}

std::string written_by(const StepState& state) {
    const Stage& stage = state.node->stages[state.op->stage];
    for (const Operand& o : stage.writes) {
        const char* name = o.role == Role::output               ? "output"
                           : o.role == Role::input_gradient     ? "gradient of input"
                           : o.role == Role::parameter_gradient ? "gradient of parameter"
                                                                : nullptr;
        const std::size_t number = state.node->operands.number(o);
        const void* data = state.address(state.plan->slots[state.op->slots + number]);
        if (name == nullptr || data == nullptr || state.node->types[number].element != Element::float32)
            continue;
        if (!is_finite(data, written(state, stage, o)))
            return text(describe(*state.plan, *state.op), ": ", name, " ", o.index);
    }
    return {};
}

}  // namespace

std::string first_non_finite(const Plan& plan, std::byte* const* bases, const StepInput& input, const Model& model) {
    if (std::string found = before_the_step(plan, bases, model); !found.empty())
        return found;
    StepFlags flags;
    StepState state{.plan = &plan,
                    .bases = bases,
                    .worker = 0,
                    .seed = input.seed,
                    .execution = input.execution,
                    .estimate_share = input.estimate_share};
    const StepCall call(state, input);
    for (const Op& op : plan.ops) {
        if (op.kind == OpKind::update || op.kind == OpKind::square || op.kind == OpKind::norm)
            continue;
        state.op = &op;
        state.node = &plan.nodes[op.node];
        run_operation(state, input, flags);
        if (op.kind != OpKind::stage)
            continue;
        if (std::string found = written_by(state); !found.empty())
            return found;
    }
    return {};
}

}  // namespace plexus
