#include <algorithm>
#include <cassert>

#include "core/plan/draft.hpp"
#include "core/plan/size_limit.hpp"
#include "core/plan/step_state.hpp"
#include "core/plan/verify.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

Place place_of(const Draft& d, const DraftSlot& slot) {
    if (slot.tensor == nothing)
        return {};
    const DraftTensor& t = d.tensors[slot.tensor];
    Touch touch = d.touch(slot.tensor, slot.piece, false);
    if (t.fixed.base != 0)
        return {touch.offset + slot.offset, t.fixed.base};
    Place place = d.buffers[d.buffer(slot.tensor, slot.piece)].place;
    place.offset += touch.offset + slot.offset;
    return place;
}

// Values are buffers; a persistent tensor is a value of its own, numbered after them.
Access access_of(const Draft& d, const Touch& touch) {
    const DraftTensor& t = d.tensors[touch.tensor];
    if (t.fixed.base != 0)
        return {{touch.offset, t.fixed.base},
                touch.bytes,
                static_cast<std::uint32_t>(d.buffers.size() + touch.tensor),
                touch.write};
    const std::uint32_t number = d.buffer(touch.tensor, touch.piece);
    Place place = d.buffers[number].place;
    place.offset += touch.offset;
    return {place, touch.bytes, number, touch.write};
}

void add_accesses(const Draft& d, const Touch& touch, std::vector<Access>& out) {
    const DraftTensor& t = d.tensors[touch.tensor];
    if (t.fixed.base != 0 || t.whole || touch.piece != nothing) {
        out.push_back(access_of(d, touch));
        return;
    }
    for (std::uint32_t piece = 0; piece < t.pieces; ++piece) {
        Touch part = d.touch(touch.tensor, piece, touch.write);
        out.push_back(access_of(d, part));
    }
}

std::string label_of(const Draft& d, const DraftTask& task, const Op& first) {
    if (task.chain < d.shards())
        return text("shard ", task.chain);
    if (first.kind == OpKind::stage || first.kind == OpKind::combine) {
        const NodePlan& node = d.nodes[first.node];
        const Stage* stage = first.kind == OpKind::stage ? &node.stages[first.stage] : nullptr;
        std::string label = text(node.signature.node->name, stage ? "." + stage->name : ".combine");
        return stage && stage->over == Over::tile ? text(label, " tile ", first.tile) : label;
    }
    if (first.kind == OpKind::update || first.kind == OpKind::square) {
        const Weight& w = d.request.model->parameters()[first.node];
        return text(d.request.model->graph().node(w.node).name, ".", w.declaration.name, " tile ", first.tile);
    }
    return first.kind == OpKind::norm ? "gradient norm" : "loss";
}

void copy_tasks(const Draft& d, Plan& plan) {
    plan.tasks.resize(d.tasks.size());
    plan.ops.reserve(d.ops.size());
    plan.slots.reserve(d.slots.size());
    plan.accesses.reserve(d.touches.size());
    for (const std::uint32_t number : d.order) {
        const DraftOp& from = d.ops[number];
        Task& task = plan.tasks[from.task];
        if (task.op_count++ == 0)
            task.first_op = static_cast<std::uint32_t>(plan.ops.size());
        Op op = from.op;
        op.slots = static_cast<std::uint32_t>(plan.slots.size());
        for (std::uint32_t i = 0; i < op.slot_count; ++i)
            plan.slots.push_back(place_of(d, d.slots[from.first_slot + i]));
        op.accesses = static_cast<std::uint32_t>(plan.accesses.size());
        for (std::uint32_t i = 0; i < from.touches; ++i)
            add_accesses(d, d.touches[from.first_touch + i], plan.accesses);
        op.access_count = static_cast<std::uint32_t>(plan.accesses.size()) - op.accesses;
        plan.ops.push_back(op);
    }
    for (std::size_t t = 0; t < plan.tasks.size(); ++t)
        plan.tasks[t].label = label_of(d, d.tasks[d.task_order[t]], plan.ops[plan.tasks[t].first_op]);
    for (const auto& [before, after] : d.edges) {
        plan.tasks[before].releases.push_back(after);
        ++plan.tasks[after].waits_for;
    }
}

Result result_of(const Draft& d, std::uint32_t tensor) {
    return {place_of(d, {tensor}), d.tensors[tensor].type};
}

void copy_results(const Draft& d, Plan& plan) {
    const Graph& graph = d.request.model->graph();
    std::size_t offset = 0;
    for (std::size_t n = 0; n < graph.size(); ++n)
        if (graph.node(n).is_source()) {
            const TensorType& sample = d.request.model->source(n);
            const TensorType type{sample.shape.batch(d.request.batch), sample.element};
            plan.sources.push_back({{offset, static_cast<std::uint8_t>(Base::batch)}, type});
            plan.input_gradients.push_back({{}, type});
            for (const auto& [source, t] : d.input_gradients)
                if (source == n)
                    plan.input_gradients.back() = result_of(d, t);
            offset += (type.bytes() + 63) / 64 * 64;
        }
    for (const std::uint32_t t : d.given)
        plan.given_gradients.push_back(result_of(d, t));
    for (const std::uint32_t t : d.kept)
        plan.kept.push_back(result_of(d, t));
    for (std::size_t p = 0; p < d.phases.size(); ++p) {
        PhasePlan& phase = plan.phases.emplace_back(PhasePlan{d.request.phases[p], {}, {}});
        if (d.phases[p].loss_total != nothing)
            phase.loss = result_of(d, d.phases[p].loss_total);
        if (d.phases[p].norm_total != nothing)
            phase.norm = result_of(d, d.phases[p].norm_total);
    }
    plan.metric_nodes = d.request.metrics;
    for (const std::size_t m : d.request.metrics) {
        const std::size_t k = d.node_of[m];
        const std::size_t number = d.nodes[k].operands.number({Operand::Role::combined, 0});
        plan.metrics.push_back(result_of(d, d.operand[k][number]));
    }
}

// Linux promises memory that it has not, and kills the process that takes it at its word.
void refuse_too_large(const Plan& plan, const PlanRequest& request) {
    const std::size_t bytes = plan.arena_bytes + plan.scratch_bytes * request.workers + 2 * plan.batch_bytes +
                              plan.derived_bytes + 2 * plan.carry_bytes +
                              request.model->parameter_bytes() * (1 + plan.optimizer_slots);
    Position program;
    for (const std::size_t node : request.model->order())
        program.file = request.model->graph().node(node).use.position.file;
    if (bytes > machine_memory())
        throw InputError(
            program, text("a batch of ", plan.batch, " samples needs ", in_gibibytes(static_cast<double>(bytes)),
                          " for this program; this machine has ", in_gibibytes(static_cast<double>(machine_memory())),
                          " of memory: try a smaller train.batch, or fewer --threads"));
}

}  // namespace

bool PhaseRequest::trains(const std::string& network) const {
    return !networks || std::ranges::find(*networks, network) != networks->end();
}

Plan make_plan(const PlanRequest& request) {
    assert(request.batch > 0 && request.shard > 0);
    Draft draft{request};
    Plan plan;
    for (const PhaseRequest& phase : request.phases) {
        DraftPhase& own = draft.phases.emplace_back();
        own.wants_norm = phase.gradient_norm;
        own.seeds.assign(phase.losses.size(), nothing);
        if (phase.optimizer == nullptr)
            continue;
        const OptimizerLayout layout = layout_of(*phase.optimizer);
        own.wants_norm = own.wants_norm || layout.gradient_norm;
        plan.optimizer_slots = std::max(plan.optimizer_slots, phase.first_slot + layout.slots.size());
    }
    wire(draft);
    emit(draft);
    arrange(draft);

    plan.mode = request.mode;
    plan.batch = request.batch;
    plan.shard = request.shard;
    place(draft, plan);
    copy_tasks(draft, plan);
    copy_results(draft, plan);
    plan.batch_bytes = draft.batch_bytes;
    plan.derived_bytes = draft.derived_bytes;
    plan.carries = std::move(draft.carries);
    plan.carry_bytes = draft.carry_bytes;
    plan.node_of = std::move(draft.node_of);
    plan.nodes = std::move(draft.nodes);
    if (request.mode == Mode::training)
        for (const Weight& w : request.model->parameters())
            plan.parameter_titles.push_back(text(request.model->use(w.node).title, ", ", w.declaration.name));
    refuse_too_large(plan, request);
    if (const auto fault = find_fault(plan))
        throw RunError(text("the plan is wrong: ", *fault));
    return plan;
}

std::string describe(const Plan& plan, const Op& op) {
    switch (op.kind) {
        case OpKind::stage:
            return text(plan.nodes[op.node].title(), ", ", plan.nodes[op.node].stages[op.stage].name);
        case OpKind::update:
        case OpKind::square:
            return plan.parameter_titles[op.node];
        case OpKind::norm:
            return "the gradient's norm";
        default:
            return text(plan.nodes[op.node].title(), ", sum");
    }
}

}  // namespace plexus
