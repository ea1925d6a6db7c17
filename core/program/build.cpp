// References become edges.
#include <algorithm>
#include <charconv>
#include <map>

#include "core/diagnostic/nearest.hpp"
#include "core/plugin/types.hpp"
#include "core/program/program.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

std::string title(const GraphNode& node) {
    return node.title();
}

/// What a name means, in one phase or network; outer scopes are asked where it means nothing.
struct Scope {
    const Scope* outer = nullptr;
    std::map<std::string, std::size_t, std::less<>> nodes;
    std::vector<Endpoint> inputs = {};                ///< what `input`, `input.1` mean; empty: what they mean outside
    const char* source_title = "tensor of the data";  ///< what messages call what is read from outside
    bool is_call = false;
};

// The fewest and the most.
std::pair<std::size_t, std::size_t> wanted_inputs(const Schema& schema, const TypedValue& use) {
    const std::size_t replaced = schema.replaced_inputs(use.attributes.values());
    return {schema.minimum_inputs() - replaced, schema.maximum_inputs() - replaced};
}

class Builder {
public:
    explicit Builder(const Types& types) : types_(types) {}

    ProgramGraph build(const Program& program, std::span<const SampleTensor> tensors) {
        Scope data;
        for (const SampleTensor& tensor : tensors)
            add_source(tensor.name, "", program.data.source.position, data);
        if (!result_.sources.empty())
            data.inputs = {{result_.sources.front(), 0}};
        if (program.is_short)
            one_network(program, data);
        else
            phases(program, data);
        (void)result_.graph.order();
        if (result_.output)
            refuse_unread({&*result_.output, 1},
                          text("another node (the output is ", title(result_.graph.node(result_.output->node)),
                               ", the last node)"));
        else
            refuse_unread({}, "another node, of a loss or of a metric");
        return std::move(result_);
    }

    InnerGraph build(const NetworkText& network, std::span<const std::string> sources,
                     std::span<const Value> references) {
        Scope scope;
        scope.source_title = "state";
        for (const std::string& name : sources)
            add_source(name, network.name, network.position, scope);
        scope.inputs = {{result_.sources.front(), 0}};
        add_nodes(network.nodes, {.network = network.name, .scope = network.name}, scope.inputs.front(), scope);
        std::vector<Endpoint> read;
        for (const Value& reference : references)
            read.push_back(resolve(reference, scope));
        (void)result_.graph.order();
        refuse_unread(read, text("another node, or beside the network"));
        return {std::move(result_.graph), std::move(result_.sources), std::move(read)};
    }

    InnerGraph build(const NetworkText& network, std::size_t inputs) {
        Scope sources, scope;
        for (std::size_t i = 0; i < inputs; ++i) {
            add_source(text("input.", i), network.name, network.position, sources);
            scope.inputs.push_back({result_.sources.back(), 0});
        }
        scope.source_title = "input of the network";
        scope.is_call = true;
        add_nodes(network.nodes, {.network = network.name, .scope = network.name}, scope.inputs.front(), scope);
        (void)result_.graph.order();
        const Endpoint last{result_.graph.size() - 1, 0};
        return {std::move(result_.graph), std::move(result_.sources), {last}};
    }

private:
    void one_network(const Program& program, Scope& scope) {
        const PhaseText& phase = program.phases.front();
        const NetworkText& network = program.networks.front();
        add_nodes(network.nodes, {.network = network.name, .scope = network.name},
                  first_tensor(scope, network.nodes.front().use.position), scope);
        result_.output = {result_.graph.size() - 1, 0};
        judges(phase, 0, *result_.output, scope);
    }

    void phases(const Program& program, const Scope& data) {
        networks_ = program.networks;
        phases_ = program.phases;
        std::vector<Scope> scopes(program.phases.size());
        for (std::size_t p = 0; p < program.phases.size(); ++p) {
            Scope& scope = scopes[p];
            scope.outer = p == 0 ? &data : &scopes[p - 1];
            Endpoint before = first_tensor(data, program.phases[p].position);
            for (const NodeText& node : program.phases[p].nodes) {
                if (node.is_call)
                    call(node, program.phases[p].name, p, before, scope);
                else
                    add_nodes({&node, 1}, {.scope = program.phases[p].name, .phase = p}, before, scope);
                before = {result_.graph.size() - 1, 0};
            }
            judges(program.phases[p], p, {result_.graph.size() - 1, 0}, scope);
        }
        for (const NetworkText& network : program.networks)
            if (std::ranges::find(result_.calls, network.name, &ProgramGraph::Call::network) == result_.calls.end())
                throw InputError(network.position, text("no phase calls network '", network.name, "'"));
    }

    /// A copy of the network's nodes, which share their weights with those of its first call.
    void call(const NodeText& use, const std::string& phase, std::size_t number, const Endpoint& before, Scope& scope) {
        const NetworkText& network = *std::ranges::find(networks_, use.use.type, &NetworkText::name);
        Scope inner;
        inner.source_title = "input of the network";
        inner.is_call = true;
        for (const Value& reference : use.inputs)
            inner.inputs.push_back(resolve(reference, scope));
        if (inner.inputs.empty())
            inner.inputs.push_back(before);
        const std::size_t first = result_.graph.size();
        add_nodes(network.nodes,
                  {.network = network.name,
                   .scope = text(phase, "/", use.name),
                   .call = use.name,
                   .called = use.use.position,
                   .phase = number,
                   .twin = first_call(network.name)},
                  inner.inputs.front(), inner);
        first_nodes_.emplace(network.name, first);
        scope.nodes.emplace(use.name, result_.graph.size() - 1);
        result_.calls.push_back({network.name, inner.inputs, {result_.graph.size() - 1, 0}});
    }

    [[nodiscard]] std::size_t first_call(const std::string& network) const {
        const auto found = first_nodes_.find(network);
        return found == first_nodes_.end() ? GraphNode::itself : found->second;
    }

    void judges(const PhaseText& phase, std::size_t number, const Endpoint& output, const Scope& scope) {
        std::vector<std::size_t>& losses = result_.losses.emplace_back();
        for (const JudgeText& loss : phase.losses)
            losses.push_back(judge(loss, Kind::loss, number, output, scope));
        for (const JudgeText& metric : phase.metrics)
            result_.metrics.push_back(judge(metric, Kind::metric, number, output, scope));
    }

    void add_source(const std::string& name, const std::string& network, const Position& position, Scope& scope) {
        GraphNode source;
        source.name = name;
        source.network = network;
        source.use.position = position;
        result_.sources.push_back(result_.graph.size());
        scope.nodes.emplace(name, result_.graph.add(std::move(source)));
    }

    /// `like` has what all of them are alike in; its `twin` is that of the first.
    void add_nodes(std::span<const NodeText> nodes, const GraphNode& like, const Endpoint& before, Scope& scope) {
        const std::size_t first = result_.graph.size();
        for (const NodeText& node : nodes) {
            GraphNode own = like;
            own.name = node.name;
            own.use = node.use;
            if (!like.call.empty())
                own.use.position.chain +=
                    text(own.use.position.chain.empty() ? "called as '" : ", called as '", like.call, "'");
            if (like.twin != GraphNode::itself)
                own.twin = like.twin + (result_.graph.size() - first);
            scope.nodes[node.name] = result_.graph.size();
            result_.graph.add(std::move(own));
        }
        for (std::size_t i = 0; i < nodes.size(); ++i)
            connect(first + i, nodes[i].inputs, {i == 0 ? before : Endpoint{first + i - 1, 0}}, scope);
    }

    /// What a node reads that stands first.
    [[nodiscard]] static Endpoint first_tensor(const Scope& data, const Position& use) {
        if (data.inputs.empty())
            throw InputError(use, "the data set gives no tensor to read");
        return data.inputs.front();
    }

    std::size_t judge(const JudgeText& text_of, Kind kind, std::size_t phase, const Endpoint& output,
                      const Scope& scope) {
        std::vector<Endpoint> inputs{output};
        const Schema* schema = types_.find(kind, text_of.use.type);
        // In the short form, what stands to reason: the data's second tensor is the target.
        if (result_.output && text_of.inputs.empty() && schema != nullptr &&
            wanted_inputs(*schema, text_of.use).second > 1) {
            if (result_.sources.size() < 2)
                throw InputError(
                    text_of.use.position,
                    text(text_of.use.type, " compares the output with the data's second tensor, but there is only '",
                         result_.sources.empty() ? "" : result_.graph.node(result_.sources[0]).name,
                         "'; name what it reads: {", text_of.use.type, ": {inputs: [..., ...]}}"));
            inputs.push_back({result_.sources[1], 0});
        }
        GraphNode node{text_of.name, "", kind, text_of.use};
        node.phase = phase;
        if (!result_.output)
            node.scope = phases_[phase].name;
        const std::size_t number = result_.graph.add(std::move(node));
        connect(number, text_of.inputs, inputs, scope);
        return number;
    }

    /// `otherwise` are the inputs where none are written.
    void connect(std::size_t number, const std::vector<Value>& written, const std::vector<Endpoint>& otherwise,
                 const Scope& scope) {
        std::vector<Endpoint> inputs = otherwise;
        if (!written.empty()) {
            inputs.clear();
            for (const Value& reference : written)
                inputs.push_back(resolve(reference, scope));
        }
        const GraphNode& node = result_.graph.node(number);
        const Schema* schema = types_.find(node.kind, node.use.type);
        const auto [least, most] =
            schema != nullptr ? wanted_inputs(*schema, node.use) : std::pair{std::size_t{0}, Schema::unlimited};
        if (written.empty() && most == 0)
            inputs.clear();  // it makes its output out of nothing
        if (inputs.size() < least || inputs.size() > most)
            throw InputError(
                written.empty() ? node.use.position : written.front().position,
                text(title(node), " has ", inputs.size(), inputs.size() == 1 ? " input" : " inputs", "; it wants ",
                     least == most           ? ""
                     : inputs.size() < least ? "at least "
                                             : "at most ",
                     inputs.size() < least ? least : most, inputs.size() < least ? ": inputs: [a, b]" : ""));
        result_.graph.connect(number, inputs);
    }

    [[nodiscard]] Endpoint resolve(const Value& reference, const Scope& innermost) const {
        const std::string& written = reference.string();
        const std::size_t dot = written.find('.');
        const std::string_view name = std::string_view(written).substr(0, dot);
        std::size_t port = 0;
        if (dot != std::string::npos) {
            const char* const end = written.data() + written.size();
            const auto read = std::from_chars(written.data() + dot + 1, end, port);
            if (read.ptr != end || read.ec != std::errc{} || written.size() == dot + 1)
                throw InputError(reference.position,
                                 text("'", written, "' is no output of a node; outputs are counted from 0: '", name,
                                      ".1' is the second"));
        }
        for (const Scope* scope = &innermost; scope != nullptr; scope = scope->outer) {
            if (const auto node = scope->nodes.find(name); node != scope->nodes.end()) {
                if (port != 0 && result_.graph.node(node->second).is_source())
                    throw InputError(reference.position,
                                     text("'", name, "' is one ", scope->source_title, "; it has no output ", port));
                return {node->second, port};
            }
            if (name == "input" && !scope->inputs.empty()) {
                if (port >= scope->inputs.size())
                    throw InputError(
                        reference.position,
                        scope->is_call
                            ? text("there is no '", written, "': call '",
                                   result_.graph.node(result_.graph.size() - 1).call, "' of the network has ",
                                   scope->inputs.size(), scope->inputs.size() == 1 ? " input" : " inputs",
                                   ", counted from 0")
                            : text("'", name, "' is one ", scope->source_title, "; it has no output ", port));
                return scope->inputs[port];
            }
        }
        throw unknown(reference, std::string(name), innermost);
    }

    [[nodiscard]] InputError unknown(const Value& reference, const std::string& name, const Scope& innermost) const {
        for (const PhaseText& later : phases_)
            for (const NodeText& node : later.nodes)
                if (node.name == name && innermost.outer != nullptr && &later == &phases_[result_.losses.size()])
                    return {reference.position,
                            text("'", name, "' stands further down; a node of a phase reads what stands above it")};
                else if (node.name == name && innermost.outer != nullptr)
                    return {reference.position,
                            text("'", name, "' is computed by phase '", later.name,
                                 "', which comes later; a phase reads what it or a phase before it computes: move "
                                 "phase '",
                                 later.name, "' up, or compute it here")};
        std::vector<std::string> names;
        for (const bool of_data : {false, true})
            for (const Scope* scope = &innermost; scope != nullptr; scope = scope->outer)
                for (const auto& [known, node] : scope->nodes)
                    if (result_.graph.node(node).is_source() == of_data)
                        names.push_back(known);
        return {reference.position, text("there is no node and no ", innermost.source_title, " called '", name, "'",
                                         suggestion(name, names, "there are"))};
    }

    /// Such a node would be computed in vain, so most often a reference is wrong.
    void refuse_unread(std::span<const Endpoint> outputs, const std::string& remedy) const {
        const Graph& graph = result_.graph;
        std::vector<bool> is_read(graph.size());
        for (const Endpoint& output : outputs)
            is_read[output.node] = true;
        for (std::size_t n = 0; n < graph.size(); ++n)
            for (const Endpoint& from : graph.inputs(n))
                is_read[from.node] = true;
        for (std::size_t n = 0; n < graph.size(); ++n) {
            const GraphNode& node = graph.node(n);
            if (!is_read[n] && node.kind == Kind::layer && !node.is_source())
                throw InputError(node.use.position, text("nobody reads ", title(node),
                                                         ": remove it, or name it in the 'inputs' of ", remedy));
        }
    }

    const Types& types_;
    ProgramGraph result_;
    std::span<const NetworkText> networks_;
    std::span<const PhaseText> phases_;
    std::map<std::string, std::size_t> first_nodes_;  // of each network's first call
};

}  // namespace

ProgramGraph build_graph(const Program& program, std::span<const SampleTensor> tensors, const Types& types) {
    return Builder(types).build(program, tensors);
}

InnerGraph build_network_graph(const NetworkText& network, std::size_t inputs, const Types& types) {
    return Builder(types).build(network, inputs);
}

InnerGraph build_inner_graph(const NetworkText& network, std::span<const std::string> sources,
                             std::span<const Value> references, const Types& types) {
    return Builder(types).build(network, sources, references);
}

}  // namespace plexus
