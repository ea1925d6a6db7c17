// Nodes -> tensors: shape inference, the backward pass's needs, and which tensor every operand of every node is.
#include <algorithm>
#include <map>
#include <tuple>

#include "core/diagnostic/thrown.hpp"
#include "core/plan/absorb.hpp"
#include "core/plan/draft.hpp"
#include "core/plan/formats.hpp"
#include "plexus/random.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

using Role = Operand::Role;

struct Wiring {
    Draft& d;
    const Graph& graph;
    std::vector<bool> needed;  // graph nodes that the request asks for, directly or not
    std::map<std::tuple<std::size_t, std::string, std::size_t>, std::uint32_t> derived;  // by owner, name and bytes

    explicit Wiring(Draft& draft) : d(draft), graph(draft.request.model->graph()) {}

    void need(std::size_t target) {
        std::vector<std::size_t> open{target};
        while (!open.empty()) {
            const std::size_t n = open.back();
            open.pop_back();
            if (needed[n])
                continue;
            needed[n] = true;
            for (const Endpoint& from : graph.inputs(n))
                open.push_back(from.node);
        }
    }

    void mark() {
        const PlanRequest& r = d.request;
        needed.assign(graph.size(), false);
        for (const std::size_t m : r.metrics)
            need(m);
        for (const std::size_t m : r.estimate)
            need(m);
        for (const Endpoint& e : r.keep)
            need(e.node);
        for (const PhaseRequest& phase : r.phases)
            for (const WeightedLoss& loss : phase.losses)
                need(loss.node);
        for (const Endpoint& e : r.given_gradients)
            need(e.node);
    }

    void infer() {
        const Model& model = *d.request.model;
        // Of an estimate pass only the nodes whose states are due estimate; the others are as they will be used.
        const bool estimates = d.request.mode == Mode::estimate;
        auto signatures = model.infer(d.request.batch, estimates ? Mode::inference : d.request.mode);
        for (const std::size_t n : d.request.estimate)
            signatures[n].mode = Mode::estimate;
        const Absorbed absorbed = d.request.rewrites.absorb ? absorb(d.request, signatures, needed) : Absorbed{};
        choose_formats(d.request, absorbed, needed, signatures);
        d.node_of.assign(graph.size(), Plan::npos);
        d.passes = find_passes(d.request, signatures);
        std::size_t largest = 0;
        for (std::size_t n = 0; n < graph.size(); ++n)
            for (const TensorType& output : signatures[n].outputs)
                largest = std::max(largest, needed[n] ? output.bytes() : 0);
        for (const std::size_t n : model.order()) {
            if (!needed[n])
                continue;
            NodePlan node;
            node.number = n;
            node.inputs = graph.inputs(n);
            node.signature = signatures[n];
            node.precision = d.request.precision;
            node.tiles = d.request.rewrites.tile;
            node.batch = d.request.batch;
            node.largest_of_samples = largest;
            node.workers = d.request.workers;
            for (std::size_t s = 0; s < d.shards(); ++s) {
                const std::int64_t size = d.shard_first[s + 1] - d.shard_first[s];
                if (node.shard_sizes.empty() || node.shard_sizes.back() != size)
                    node.shard_sizes.push_back(size);
            }
            if (d.request.rewrites.absorb && absorbed.host[n] != n)
                continue;
            number_weights(n, signatures[n], node);
            if (d.request.rewrites.absorb)
                take_in(absorbed, signatures, node);
            plan_node(n, node);
            d.node_of[n] = d.nodes.size();
            d.nodes.push_back(std::move(node));
        }
        for (std::size_t n = 0; d.request.rewrites.absorb && n < graph.size(); ++n)
            d.node_of[n] = d.node_of[absorbed.host[n]];
    }

    void number_weights(std::size_t n, const NodeSignature& declared, NodePlan& node) const {
        for (std::size_t i = 0; i < declared.parameters.size(); ++i)
            node.parameters.push_back(d.request.model->first_parameter(n) + i);
        for (std::size_t i = 0; i < declared.states.size(); ++i)
            node.states.push_back(d.request.model->first_state(n) + i);
    }

    // The neighbours' weights become the node's last ones, and what the first of them reads becomes its input.
    void take_in(const Absorbed& absorbed, const std::vector<NodeSignature>& signatures, NodePlan& node) const {
        const auto& before = absorbed.before[node.number];
        if (!before.empty()) {
            node.inputs[0] = graph.inputs(before.front())[0];
            node.signature.sources[0] = signatures[before.front()].sources[0];
        }
        const auto append = [](auto& list, const auto& more) { list.insert(list.end(), more.begin(), more.end()); };
        for (const auto* list : {&before, &absorbed.after[node.number]})
            for (const std::size_t guest : *list) {
                node.guests.push_back(guest);
                node.choices.emplace_back("work of", graph.node(guest).name);
                node.absorbed.push_back({d.request.model->layer(guest).describe(),
                                         list == &before ? Neighbour::Side::before : Neighbour::Side::after,
                                         node.parameters.size(), node.states.size()});
                number_weights(guest, signatures[guest], node);
                append(node.signature.parameters, signatures[guest].parameters);
                append(node.signature.states, signatures[guest].states);
            }
    }

    void plan_node(std::size_t n, NodePlan& node) {
        if (graph.node(n).is_source()) {
            node.close();
            return;
        }
        node.layer = &d.request.model->layer(n);
        node.path = path_hash(graph.node(n).name.c_str(), path_hash((graph.node(n).scope + "/").c_str()));
        node.wants_parameter_gradient = d.passes.wants_parameters[n];
        node.wants_input_gradient = d.passes.wants_input[n];
        PlanContext context{node};
        node.use = &d.request.model->use(n);
        node.work =
            call_plugin(*node.use, "while it was planned", Blame::input, [&] { return node.layer->plan(context); });
        node.close();
    }

    std::uint32_t fixed(Base base, std::size_t offset, const TensorType& type) {
        return d.add_tensor({.type = type, .fixed = {offset, static_cast<std::uint8_t>(base)}});
    }

    std::uint32_t fresh(const TensorType& type, bool per_sample) {
        return d.add_tensor({.type = type, .per_sample = per_sample});
    }

    void sources_and_weights() {
        const Model& model = *d.request.model;
        for (const Weight& w : model.parameters())
            d.parameter_tensors.push_back(fixed(Base::parameters, w.offset, {w.declaration.shape, Element::float32}));
        for (const Weight& w : model.states())
            d.state_tensors.push_back(fixed(Base::states, w.offset, {w.declaration.shape, Element::float32}));
    }

    std::uint32_t in_batch(const TensorType& type) {
        const std::uint32_t t = fixed(Base::batch, d.batch_bytes, type);
        d.tensors[t].per_sample = true;
        d.batch_bytes += (type.bytes() + 63) / 64 * 64;
        return t;
    }

    void forward_operands() {
        const Model& model = *d.request.model;
        d.operand.resize(d.nodes.size());
        // All sources have a place in the batch, needed or not, so that one loader serves every plan.
        std::vector<std::uint32_t> source_tensor(graph.size(), nothing);
        for (std::size_t n = 0; n < graph.size(); ++n)
            if (graph.node(n).is_source()) {
                const TensorType& sample = model.source(n);
                source_tensor[n] = in_batch({sample.shape.batch(d.request.batch), sample.element});
            }
        for (std::size_t k = 0; k < d.nodes.size(); ++k) {
            NodePlan& node = d.nodes[k];
            auto& operand = d.operand[k];
            operand.assign(node.operands.size(), nothing);
            const auto set = [&](Role role, std::size_t i, std::uint32_t t) {
                operand[node.operands.number({role, i})] = t;
            };
            const auto type = [&](Role role, std::size_t i) { return node.types[node.operands.number({role, i})]; };
            if (graph.node(node.number).is_source()) {
                set(Role::output, 0, source_tensor[node.number]);
                continue;
            }
            for (std::size_t i = 0; i < node.inputs.size(); ++i)
                set(Role::input, i, output_tensor(node.inputs[i]));
            for (std::size_t i = 0; i < node.signature.outputs.size(); ++i)
                set(Role::output, i, fresh(type(Role::output, i), true));
            if (d.training())
                for (std::size_t i = 0; i < node.signature.saved.size(); ++i)
                    set(Role::saved, i, fresh(type(Role::saved, i), true));
            for (std::size_t i = 0; i < node.signature.parameters.size(); ++i)
                set(Role::parameter, i, d.parameter_tensors[node.parameters[i]]);
            for (std::size_t i = 0; i < node.signature.states.size(); ++i)
                set(Role::state, i, d.state_tensors[node.states[i]]);
            for (std::size_t i = 0; i < node.signature.shared.size(); ++i)
                set(Role::shared, i, whole(type(Role::shared, i)));
            for (std::size_t i = 0; i < node.derived.size(); ++i) {
                set(Role::derived, i, derived_tensor(node, i));
            }
            carry_operands(node, operand);
            for (std::size_t i = 0; i < node.signature.partials.size(); ++i) {
                set(Role::partial, i, fresh(type(Role::partial, i), false));
                set(Role::combined, i, whole(type(Role::combined, i)));
            }
        }
    }

    // The calls of one network share what is made of its weights, where its name says what that is.
    std::uint32_t derived_tensor(const NodePlan& node, std::size_t i) {
        const auto& [name, bytes] = node.derived[i];
        const auto same = [&](const auto& other) { return other.first == name; };
        if (std::ranges::count_if(node.derived, same) > 1)
            return new_derived(bytes);
        const std::size_t twin = graph.node(node.number).twin;
        const std::size_t owner = twin == GraphNode::itself ? node.number : twin;
        const auto [entry, added] = derived.try_emplace({owner, name, bytes}, nothing);
        if (added)
            entry->second = new_derived(bytes);
        return entry->second;
    }

    std::uint32_t new_derived(std::size_t bytes) {
        const std::size_t offset = d.derived_bytes;
        d.derived_bytes += (bytes + 63) / 64 * 64;
        return fixed(Base::derived, offset, {{static_cast<std::int64_t>(bytes)}, Element::uint8});
    }

    void carry_operands(const NodePlan& node, std::vector<std::uint32_t>& operand) {
        for (std::size_t i = 0; i < node.signature.carries.size(); ++i) {
            const auto& [name, type] = node.signature.carries[i];
            for (const auto& [role, base] :
                 {std::pair{Role::carry, Base::carries}, std::pair{Role::next_carry, Base::next_carries}}) {
                const std::uint32_t t = fixed(base, d.carry_bytes, type);
                d.tensors[t].per_sample = true;
                operand[node.operands.number({role, i})] = t;
            }
            d.carries.push_back({node.number, name, type, d.carry_bytes});
            d.carry_bytes += (type.bytes() + 63) / 64 * 64;
        }
    }

    std::uint32_t whole(const TensorType& type) { return d.add_tensor({.type = type, .whole = true}); }

    [[nodiscard]] std::uint32_t output_tensor(const Endpoint& e) const {
        const NodePlan& node = d.nodes[d.node_of[e.node]];
        return d.operand[d.node_of[e.node]][node.operands.number({Role::output, e.port})];
    }

    void backward_operands() {
        for (std::size_t k = 0; k < d.nodes.size(); ++k) {
            NodePlan& node = d.nodes[k];
            for (std::size_t i = 0; i < node.wants_input_gradient.size(); ++i)
                if (node.wants_input_gradient[i])
                    d.operand[k][node.operands.number({Role::input_gradient, i})] =
                        fresh(node.types[node.operands.number({Role::input, i})], true);
            if (node.wants_parameter_gradient)
                for (std::size_t i = 0; i < node.signature.parameters.size(); ++i)
                    d.operand[k][node.operands.number({Role::parameter_gradient, i})] = gradient_tensor(node, i);
        }
        for (const Endpoint& e : d.request.given_gradients) {
            const NodePlan& node = d.nodes[d.node_of[e.node]];
            d.given.push_back(in_batch(node.types[node.operands.number({Role::output_gradient, e.port})]));
        }
        output_gradients();
    }

    // One reader: its input gradient is the output's gradient. None or several: their sum, made by the plan. A gradient
    // that the caller gives counts as a reader's.
    void output_gradients() {
        std::vector<std::vector<std::vector<std::uint32_t>>> parts(d.nodes.size());
        for (std::size_t k = 0; k < d.nodes.size(); ++k)
            parts[k].resize(d.nodes[k].signature.outputs.size());
        for (std::size_t k = 0; k < d.nodes.size(); ++k) {
            const NodePlan& node = d.nodes[k];
            for (std::size_t i = 0; i < node.wants_input_gradient.size(); ++i)
                if (node.wants_input_gradient[i])
                    parts[d.node_of[node.inputs[i].node]][node.inputs[i].port].push_back(
                        d.operand[k][node.operands.number({Role::input_gradient, i})]);
        }
        for (std::size_t i = 0; i < d.given.size(); ++i) {
            const Endpoint& e = d.request.given_gradients[i];
            parts[d.node_of[e.node]][e.port].push_back(d.given[i]);
        }
        for (std::size_t k = 0; k < d.nodes.size(); ++k) {
            NodePlan& node = d.nodes[k];
            const bool is_source = graph.node(node.number).is_source();
            if (!d.training() || !(is_source ? d.passes.learns[node.number] : has_backward(node)))
                continue;
            for (std::size_t port = 0; port < parts[k].size(); ++port) {
                auto& from = parts[k][port];
                const auto number = node.operands.number({Role::output_gradient, port});
                std::uint32_t t = nothing;
                if (std::uint32_t* const seed = seed_of(node.number)) {
                    t = *seed = fresh(node.types[number], true);
                } else if (from.size() == 1) {
                    t = from[0];
                } else {
                    t = fresh(node.types[number], true);
                    d.forks.push_back({k, port, t, std::move(from)});
                }
                d.operand[k][number] = t;
                if (is_source)
                    d.input_gradients.emplace_back(node.number, t);
            }
        }
    }

    /// Of a loss: where its output's gradient is noted.
    [[nodiscard]] std::uint32_t* seed_of(std::size_t n) const {
        for (std::size_t p = 0; p < d.request.phases.size(); ++p)
            for (std::size_t i = 0; i < d.request.phases[p].losses.size(); ++i)
                if (d.request.phases[p].losses[i].node == n)
                    return &d.phases[p].seeds[i];
        return nullptr;
    }

    [[nodiscard]] static bool has_backward(const NodePlan& node) { return node.stages.size() > node.forward_stages; }

    std::uint32_t gradient_tensor(const NodePlan& node, std::size_t i) {
        const TensorType& type = node.types[node.operands.number({Role::parameter, i})];
        const Operand gradient{Role::parameter_gradient, i};
        const std::uint32_t t = fresh(type, false);
        for (const Stage& stage : node.stages) {
            if (std::find(stage.writes.begin(), stage.writes.end(), gradient) == stage.writes.end())
                continue;
            if (stage.over == Over::tile && stage.tiled == gradient) {
                d.tensors[t].tiles = stage.tiles;
                d.tensors[t].tiled_dimension = stage.tiled_dimension;
            } else if (stage.over != Over::shard) {
                d.tensors[t].whole = true;
            }
        }
        return t;
    }

    // A tensor of samples that some stage sees over the whole batch must lie in one piece.
    void find_whole() {
        for (std::size_t k = 0; k < d.nodes.size(); ++k)
            for (const Stage& stage : d.nodes[k].stages)
                if (stage.over != Over::shard)
                    for (const auto* list : {&stage.reads, &stage.writes})
                        for (const Operand& o : *list)
                            if (const std::uint32_t t = d.operand[k][d.nodes[k].operands.number(o)];
                                t != nothing && per_sample(o.role))
                                d.tensors[t].whole = true;
        for (const Endpoint& e : d.request.keep) {
            d.kept.push_back(output_tensor(e));
            d.tensors[d.kept.back()].whole = true;
            d.tensors[d.kept.back()].kept = true;
        }
        for (const auto& [source, t] : d.input_gradients)
            d.tensors[t].whole = d.tensors[t].kept = true;
        for (const std::size_t m : d.request.metrics) {
            const NodePlan& node = d.nodes[d.node_of[m]];
            if (node.operands.count(Role::combined) == 0)
                throw RunError(text("metric '", graph.node(m).use.type, "' declares no partial"));
            d.tensors[d.operand[d.node_of[m]][node.operands.number({Role::combined, 0})]].kept = true;
        }
    }
};

}  // namespace

void wire(Draft& draft) {
    Wiring wiring{draft};
    wiring.mark();
    wiring.infer();
    wiring.sources_and_weights();
    wiring.forward_operands();
    wiring.backward_operands();
    wiring.find_whole();
}

}  // namespace plexus
