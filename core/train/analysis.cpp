// What can be said of a graph file without training it.
#include "plexus/analysis.hpp"

#include "core/graph/dot.hpp"
#include "core/plan/passes.hpp"
#include "core/plan/step_state.hpp"
#include "core/plugin/types.hpp"
#include "core/program/sections.hpp"
#include "core/schema/typed_text.hpp"
#include "core/train/phase_cycle.hpp"
#include "core/train/planned.hpp"
#include "core/train/read_all.hpp"
#include "core/train/session.hpp"
#include "core/train/training_samples.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

std::vector<NodeFacts> node_facts(const Session& session) {
    const Model& model = *session.model;
    const auto signatures = model.infer(1, Mode::training);
    std::vector<NodeFacts> facts;
    for (std::size_t n = 0; n < model.graph().size(); ++n) {
        const GraphNode& node = model.graph().node(n);
        NodeFacts f{
            node.label(), node.is_source() ? "data" : node.use.type, node.network, to_string(node.use.position), {}, 0};
        for (const TensorType& type : signatures[n].outputs)
            f.outputs.push_back(type.shape.from(1));
        // Calls after the first share its weights.
        for (std::size_t i = 0; node.twin == GraphNode::itself && i < signatures[n].parameters.size(); ++i)
            f.parameters += signatures[n].parameters[i].shape.elements();
        facts.push_back(std::move(f));
    }
    return facts;
}

// The types of the nodes in the networks inside of a node, each on a line.
std::string inside(const GraphNode& node, const Types& types) {
    std::string lines;
    const Schema* const schema = types.find(node.kind, node.use.type);
    for (std::size_t i = 0; schema != nullptr && i < schema->attributes().size(); ++i)
        if (const AttributeSpec& spec = schema->attributes()[i]; spec.form == AttributeSpec::Form::network)
            for (const Value& item : node.use.attributes.raw(spec.name).list())
                lines += text("\n- ", *split_typed(item, "node").type);
    return lines;
}

// What HDF5 adds to the numbers of a dataset: its header, its index, its entry in the group.
constexpr std::size_t bytes_per_dataset = 700;

std::string slices(const Plan& plan) {
    return text("mode ", plan.mode == Mode::training ? "training" : "inference", ", batch ", plan.batch, ", shards of ",
                plan.shard, "\n", plan.tasks.size(), " tasks, ", plan.ops.size(), " operations\narena ",
                plan.arena_bytes, " bytes (", plan.arena_bound, " at the least), scratch ", plan.scratch_bytes,
                " bytes per worker, batch ", plan.batch_bytes, " bytes, packed weights ", plan.derived_bytes,
                " bytes\n");
}

// What training would refuse before its first step.
void refuse_samples(const Environment& environment, const Session& session) {
    static_cast<void>(PhaseCycle{session.program});
    if (!session.program.samples)
        return;
    Executor executor({.threads = 1});
    const SamplesText& samples = *session.program.samples;
    refuse_no_image(NetworkRun{environment, session, samples.network, samples.count, executor}, samples.position);
}

}  // namespace

GraphFacts check(const Environment& environment, const std::filesystem::path& graph,
                 std::span<const Override> overrides, std::size_t threads, bool read_data) {
    const Session session = open_session(environment, load_program(graph, overrides, environment.types()));
    refuse_samples(environment, session);
    GraphFacts facts;
    if (read_data) {
        DataReading reading = read_all(session);
        facts.samples_read = reading.samples;
        facts.unreadable = std::move(reading.faults);
        facts.skips_unreadable = session.program.data.on_bad_sample == "skip";
    }
    facts.name = session.program.name;
    facts.nodes = node_facts(session);
    for (const NodeFacts& node : facts.nodes)
        facts.parameters += node.parameters;
    facts.training_samples = session.split.training;
    facts.holdout_samples = session.split.holdout;
    facts.test_samples = session.test ? session.test->size() : 0;
    const Model& model = *session.model;
    const std::size_t weights = model.parameter_bytes() + model.state_bytes();
    const auto cost = [&](const Plan& plan, std::size_t workers, std::size_t slots) {
        return plan.arena_bytes + workers * plan.scratch_bytes + 2 * plan.batch_bytes + plan.derived_bytes + weights +
               slots * model.parameter_bytes();
    };
    std::size_t slots = 0;
    const std::size_t workers = worker_count(threads);
    facts.prediction_memory = cost(plan_step(session, Mode::inference, {}, workers), workers, 0);
    if (session.program.train && session.parts.has_loss()) {
        const Optimizers optimizers{environment, session};
        slots = optimizers.slots();
        const Plan plan = plan_step(session, Mode::training, optimizers, workers);
        facts.training_memory = cost(plan, workers, slots);
    }
    facts.checkpoint_bytes = weights + slots * model.parameter_bytes() +
                             bytes_per_dataset * (model.parameters().size() * (1 + slots) + model.states().size() + 12);
    // A save puts its numbers side by side, and makes the file of them in memory.
    facts.training_memory += facts.training_memory != 0 ? 2 * facts.checkpoint_bytes : 0;
    return facts;
}

std::string draw(const Environment& environment, const std::filesystem::path& graph,
                 std::span<const Override> overrides) {
    const Session session = open_session(environment, load_program(graph, overrides, environment.types()));
    std::vector<std::string> labels;
    for (const NodeFacts& node : node_facts(session)) {
        std::string label;
        for (const Shape& shape : node.outputs)
            label += text(label.empty() ? "" : ", ", shape);
        labels.push_back(label + (node.parameters != 0 ? text("\n", node.parameters, " parameters") : "") +
                         inside(session.model->graph().node(labels.size()), environment.types()));
    }
    if (session.program.is_short)
        return to_dot(session.model->graph(), {.labels = labels});
    std::vector<std::string> phases;
    for (const PhaseText& phase : session.program.phases)
        phases.push_back(phase.name);
    PlanRequest request{.model = session.model.get(), .batch = 1, .phases = phase_requests(session, {})};
    const Passes passes = find_passes(request, session.model->infer(1, Mode::training));
    return to_dot(session.model->graph(), {.labels = labels, .phases = phases, .gradients = passes.wants_input});
}

std::string expand(const Environment& environment, const std::filesystem::path& graph,
                   std::span<const Override> overrides) {
    return to_yaml(load_program(graph, overrides, environment.types()).text);
}

std::string draw_plan(const Environment& environment, const std::filesystem::path& graph,
                      std::span<const Override> overrides, std::size_t threads) {
    const Session session = open_session(environment, load_program(graph, overrides, environment.types()));
    const Optimizers optimizers{environment, session};
    const bool trains = session.program.train && session.parts.has_loss();
    const Plan plan = plan_step(session, trains ? Mode::training : Mode::inference, optimizers, worker_count(threads));
    std::string out = slices(plan);
    for (const NodePlan& node : plan.nodes)
        for (const auto& [what, choice] : node.choices)
            out += text(node.title(), ": ", what, " is ", choice, "\n");
    for (std::size_t t = 0; t < plan.tasks.size(); ++t) {
        const Task& task = plan.tasks[t];
        out += text("\ntask ", t, " (", task.label, "), after ", task.waits_for, " others\n");
        for (std::uint32_t o = 0; o < task.op_count; ++o) {
            const Op& op = plan.ops[task.first_op + o];
            out += text("  ", describe(plan, op));
            if (op.kind == OpKind::stage && !plan.nodes[op.node].stages[op.stage].kernel.empty())
                out += text(" [", plan.nodes[op.node].stages[op.stage].kernel, "]");
            out += text(" ", op.first, "..", op.first + op.count, "\n");
        }
    }
    return out;
}

std::vector<const Schema*> types_of(const Environment& environment, Kind kind) {
    return environment.types().all(kind);
}

std::string origin_of(const Environment& environment, Kind kind, const std::string& type) {
    return environment.types().origin(kind, type);
}

std::string graph_schema(const Environment& environment) {
    return graph_file_schema(environment.types());
}

void write_array(const Environment& environment, const std::filesystem::path& file, const ConstTensor& tensor) {
    environment.types().factory(".")->format(file).write(file, tensor);
}

}  // namespace plexus
