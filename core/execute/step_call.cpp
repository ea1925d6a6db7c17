#include "core/execute/step_call.hpp"

namespace plexus {
namespace {

// "samples 16 to 31", counted from the batch's first.
void say_range(CrashText& text, std::string_view what, const Op& op) noexcept {
    if (op.count > 0)
        text << what << static_cast<std::uint64_t>(op.first) << " to "
             << static_cast<std::uint64_t>(op.first + op.count - 1);
}

void say_stage(CrashText& text, const NodePlan& node, const Op& op) noexcept {
    const Stage& stage = node.stages[op.stage];
    text << "in its " << (op.stage < node.forward_stages ? "forward" : "backward") << " pass, stage '" << stage.name
         << "', ";
    if (stage.over == Over::shard)
        say_range(text, "samples ", op);
    else if (stage.over == Over::tile)
        say_range(text, "rows ", op);
    else
        text << "the whole batch";
}

}  // namespace

const PluginUse* use_of(const Plan& plan, const Op& op, const StepInput& input) noexcept {
    if (op.kind == OpKind::update)
        return op.stage < input.phases.size() ? input.phases[op.stage].optimizer_use : nullptr;
    return op.kind == OpKind::stage || op.kind == OpKind::combine ? plan.nodes[op.node].use : nullptr;
}

const PluginUse* StepCall::use() const noexcept {
    return state_.op != nullptr ? use_of(*state_.plan, *state_.op, input_) : nullptr;
}

void StepCall::say_where(CrashText& text) const noexcept {
    if (state_.op == nullptr) {
        text << "at the start of a task";
        return;
    }
    const Op& op = *state_.op;
    switch (op.kind) {
        case OpKind::stage:
            return say_stage(text, *state_.node, op);
        case OpKind::combine:
            text << "while it merged what it counted per shard";
            return;
        case OpKind::update:
            text << "while it updated " << state_.plan->parameter_titles[op.node];
            return say_range(text, ", elements ", op);
        default:
            text << "in a sum of the plan, which is no plugin's work";
    }
}

}  // namespace plexus
