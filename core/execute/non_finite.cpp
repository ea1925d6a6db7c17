#include "core/execute/non_finite.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>
#include <vector>

#include "core/execute/nested_work.hpp"
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

// "sample 3, at [17, 5]": of what has samples, where in the first one that has such a value. Of a gradient it is the
// last such place, as backward goes from the last step of a sequence to the first; so either is where it began.
std::string place_of(const StepState& state, const Operand& o, const float* values) {
    const Shape& shape = state.node->types[state.node->operands.number(o)].shape;
    if (!per_sample(o.role) || shape.rank() < 2)
        return {};
    const std::int64_t size = shape.elements() / shape[0];
    const bool shard = state.node->stages[state.op->stage].over == Over::shard;
    std::int64_t sample = 0;
    while (is_finite(values + sample * size, size))
        ++sample;
    const float* const begin = values + sample * size;
    const auto bad = [](float v) { return !std::isfinite(v); };
    std::int64_t at = std::find_if(begin, begin + size, bad) - begin;
    if (o.role == Role::input_gradient)
        at = size - 1 -
             (std::find_if(std::reverse_iterator(begin + size), std::reverse_iterator(begin), bad) -
              std::reverse_iterator(begin + size));
    std::vector<std::int64_t> index(shape.rank() - 1);
    for (std::size_t d = index.size(); d-- > 0; at /= shape[d + 1])
        index[d] = at % shape[d + 1];
    return text(" of sample ", sample + (shard ? state.op->first : 0), ", at ", Shape(std::span(std::as_const(index))),
                " of ", shape.from(1));
}

// The first operand of a role that the operation has written and that is not finite: "output 0 of sample 3, at [17]".
std::string bad_operand(const StepState& state, Role role, const char* name) {
    const Stage& stage = state.node->stages[state.op->stage];
    for (const Operand& o : stage.writes) {
        const std::size_t number = state.node->operands.number(o);
        const auto* data = static_cast<const float*>(state.address(state.plan->slots[state.op->slots + number]));
        if (o.role != role || data == nullptr || state.node->types[number].element != Element::float32)
            continue;
        if (!is_finite(data, written(state, stage, o)))
            return text(name, " ", o.index, place_of(state, o, data));
    }
    return {};
}

constexpr std::pair<Role, const char*> looked_at[] = {{Role::output, "output"},
                                                      {Role::input_gradient, "gradient of input"},
                                                      {Role::parameter_gradient, "gradient of parameter"}};

}  // namespace

std::string non_finite_written(const StepState& state) {
    for (const auto& [role, name] : looked_at) {
        const std::string found = bad_operand(state, role, name);
        if (found.empty())
            continue;
        const std::string where = text(describe(*state.plan, *state.op), ": ", found);
        if (const auto* nested = dynamic_cast<const NestedWork*>(state.node->work.get()))
            if (const std::string inside = nested->first_non_finite(StageContext{state}); !inside.empty())
                return text(where, ", in it ", inside);
        // Step by step where there are steps, and the output of the last alone may be all that goes on.
        const std::string kept =
            role == Role::output ? bad_operand(state, Role::saved, "what backward needs, saved") : std::string{};
        return kept.empty() ? where : text(where, "; in ", kept);
    }
    return {};
}

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
        if (std::string found = non_finite_written(state); !found.empty())
            return found;
    }
    return {};
}

}  // namespace plexus
