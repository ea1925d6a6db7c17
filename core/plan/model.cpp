#include "core/plan/model.hpp"

#include <algorithm>

#include "core/diagnostic/thrown.hpp"
#include "core/plan/size_limit.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr std::size_t alignment = 64;

std::size_t aligned(std::size_t bytes) {
    return (bytes + alignment - 1) / alignment * alignment;
}

std::string origin(const Graph& graph, std::size_t node) {
    const GraphNode& from = graph.node(node);
    const std::string place = from.use.position.known() ? text(", ", to_string(from.use.position)) : "";
    if (!from.is_source())
        return text("from ", from.title(), place);
    return from.network.empty() ? text("from the data", place) : text("from '", from.name, "'", place);
}

const char* remedy_for(Element element) {
    if (element == Element::int32)
        return "; float32 is wanted: are these labels? Losses and metrics alone read them";
    return "; float32 is wanted: put a rescaling before it";
}

// Reading bytes as float32 would read beyond them, so that a layer has to say that it knows other elements.
void refuse_elements(const NodeSignature& s, const InferContext& context) {
    const std::size_t guarded = s.node->kind == Kind::layer ? s.inputs.size() : 1;
    for (std::size_t i = 0; i < std::min(guarded, s.inputs.size()); ++i)
        if (s.inputs[i].element != Element::float32)
            throw s.error(
                text("input ", context.source(i), " is ", s.inputs[i].element, remedy_for(s.inputs[i].element)));
}

// A default has no place in the program: its node has.
PluginUse initializer_of(const PluginUse& node, const WeightDeclaration& parameter, const Types& types) {
    const TypedValue& value = parameter.initializer;
    return {text(value.type, " of ", node.title, ", ", parameter.name),
            value.position.known() ? value.position : node.position, types.origin(Kind::initializer, value.type)};
}

}  // namespace

Model::Model(Graph graph, std::vector<TensorType> sources, std::int64_t batch, const Types& types,
             const Factory& factory)
    : graph_(std::move(graph)), order_(graph_.order()), sources_(std::move(sources)) {
    const std::size_t nodes = graph_.size();
    source_index_.resize(nodes);
    layers_.resize(nodes);
    any_element_.resize(nodes);
    uses_.resize(nodes);
    std::size_t next_source = 0;
    for (std::size_t n = 0; n < nodes; ++n) {
        const GraphNode& node = graph_.node(n);
        if (node.is_source())
            source_index_[n] = next_source++;
        else if (node.twin != GraphNode::itself) {
            any_element_[n] = any_element_[node.twin];
        } else {
            layers_[n] = types.layer(node.kind, node.use, factory);
            const Schema* const schema = types.find(node.kind, node.use.type);
            any_element_[n] = schema != nullptr && schema->takes_any_element();
        }
        uses_[n] = {node.title(), node.use.position, types.origin(node.kind, node.use.type)};
    }
    first_parameter_.resize(nodes);
    first_state_.resize(nodes);
    const auto signatures = infer(batch, Mode::training);
    for (std::size_t n = 0; n < nodes; ++n) {
        if (const std::size_t twin = graph_.node(n).twin; twin != GraphNode::itself) {
            first_parameter_[n] = first_parameter_[twin];
            first_state_[n] = first_state_[twin];
            continue;
        }
        first_parameter_[n] = parameters_.size();
        first_state_[n] = states_.size();
        for (std::size_t i = 0; i < signatures[n].parameters.size(); ++i) {
            parameters_.push_back({n, i, signatures[n].parameters[i], parameter_bytes_,
                                   initializer_of(uses_[n], signatures[n].parameters[i], types)});
            parameter_bytes_ += aligned(parameters_.back().bytes());
        }
        if (parameter_bytes_ > machine_memory())
            throw signatures[n].error(text("its parameters and those before it have ",
                                           in_gibibytes(static_cast<double>(parameter_bytes_)), "; this machine has ",
                                           in_gibibytes(static_cast<double>(machine_memory())), " of memory"));
        for (std::size_t i = 0; i < signatures[n].states.size(); ++i) {
            states_.push_back({n, i, signatures[n].states[i], state_bytes_});
            state_bytes_ += aligned(states_.back().bytes());
        }
    }
}

const TensorType& Model::source(std::size_t node) const {
    return sources_.at(source_index_.at(node));
}

std::vector<NodeSignature> Model::infer(std::int64_t batch, Mode mode) const {
    std::vector<NodeSignature> signatures(graph_.size());
    for (const std::size_t n : order_)
        signatures[n] = infer_node(n, batch, mode, signatures);
    return signatures;
}

// All calls of a network are one network: what fits one of them fits all.
void Model::refuse_other_shapes(std::size_t n, const NodeSignature& s, const std::vector<NodeSignature>& done) const {
    const GraphNode& node = graph_.node(n);
    const NodeSignature* const first = node.twin == GraphNode::itself ? nullptr : &done[node.twin];
    if (first == nullptr || first->node == nullptr || first->inputs == s.inputs)
        return;
    const auto shapes = [](const NodeSignature& of) {
        std::string all;
        for (const TensorType& type : of.inputs)
            all += text(all.empty() ? "" : ", ", type.element, " ", type.shape);
        return all;
    };
    throw InputError(node.called,
                     text("'", node.call, "' calls network '", node.network, "' with other shapes than '",
                          first->node->call, "' (", to_string(first->node->called), "): ", node.title(), " has ",
                          shapes(s), " instead of ", shapes(*first), "; all calls of a network must have the same"));
}

NodeSignature Model::infer_node(std::size_t n, std::int64_t batch, Mode mode,
                                const std::vector<NodeSignature>& done) const {
    NodeSignature s;
    s.node = &graph_.node(n);
    s.mode = mode;
    s.batch = batch;
    if (s.node->is_source()) {
        const TensorType& sample = source(n);
        s.outputs.push_back({sample.shape.batch(batch), sample.element});
        refuse_too_large(s);
        return s;
    }
    for (const Endpoint& from : graph_.inputs(n)) {
        const auto& outputs = done[from.node].outputs;
        if (from.port >= outputs.size())
            throw s.error(
                text("'", graph_.node(from.node).name, "' has no output ", from.port, "; it has ", outputs.size()));
        s.inputs.push_back(outputs[from.port]);
        s.sources.push_back(origin(graph_, from.node));
    }
    refuse_other_shapes(n, s, done);
    s.no_gradient.resize(s.inputs.size());
    for (std::size_t i = 0; i < s.inputs.size(); ++i)
        s.no_gradient[i] = s.inputs[i].element != Element::float32;
    InferContext context{s};
    if (!any_element_[n])
        refuse_elements(s, context);
    call_plugin(uses_[n], "while it was asked for its shapes", Blame::input, [&] { layer(n).infer(context); });
    for (std::size_t port = 0; port < s.outputs.size(); ++port)
        if (s.outputs[port].shape.rank() == 0 || s.outputs[port].shape[0] != batch)
            throw s.error(text("output ", port, " has shape ", s.outputs[port].shape,
                               "; the first dimension of every output must be that of the batch, ", batch));
    for (const NamedType& carry : s.carries)
        if (carry.type.shape.rank() == 0 || carry.type.shape[0] != batch || carry.type.element != Element::float32)
            throw s.error(text("what it carries, ", carry.name, ", is ", carry.type.element, " ", carry.type.shape,
                               "; it must be float32, and its first dimension that of the batch, ", batch));
    refuse_too_large(s);
    return s;
}

}  // namespace plexus
