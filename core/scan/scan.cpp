#include "core/scan/scan.hpp"

#include "core/plugin/folder_factory.hpp"
#include "core/scan/scan_work.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

const Types& types_of(const Factory& factory) {
    return dynamic_cast<const FolderFactory&>(factory).types();
}

std::string title(const GraphNode& node) {
    return text(node.use.type, " '", node.name, "'");
}

}  // namespace

StepLayer::StepLayer(const Attributes& attributes, const Factory& factory, Read read)
    : types_{types_of(factory)},
      factory_{types_.factory(dynamic_cast<const FolderFactory&>(factory).folder())},
      step_{read(attributes, types_)} {}

void StepLayer::infer_inputs(InferContext& c) const {
    const Shape& x = c.input(0).shape;
    if (x.rank() < 2 || x.elements() == 0)
        throw c.error(text("input has shape ", c.source(0), "; wanted are steps: [batch, steps, ...]"));
    const std::size_t last = c.inputs() - 1;
    const bool has_lengths = is_lengths(c.inputs(), c.input(last).element);
    const std::size_t given = last - (has_lengths ? 1 : 0);
    if (given != 0 && given != step_.states.size())
        throw c.error(text("inputs have ", given, " of ", step_.states.size(),
                           " states; an initial state is all of them or none, before the lengths"));
    for (std::size_t s = 0; s < given; ++s)
        if (const TensorType type{step_.states[s].shape.batch(x[0])}; c.input(1 + s) != type)
            throw c.error(text("input ", 1 + s, " is ", c.input(1 + s).element, " ", c.source(1 + s), "; state '",
                               step_.states[s].name, "' is float32 ", type.shape));
    if (!has_lengths)
        return;
    if (c.input(last).shape != Shape{x[0]})
        throw c.error(text("input ", last, " is int32 ", c.source(last), "; lengths are int32 ", Shape{x[0]}));
    c.no_gradient(last);
}

void StepLayer::infer_network(InferContext& c, const Model& model) const {
    if (model.parameters().size() > most_parameters)
        throw c.error(text("its network has ", model.parameters().size(), " parameters; at most ", most_parameters,
                           " go into one step"));
    for (const NodeSignature& node : model.infer(c.input(0).shape[0], c.mode())) {
        if (!node.states.empty())
            throw node.error(text("it keeps '", node.states[0].name,
                                  "', which a node in the network of one step cannot do; put it before or after"));
        if (!node.carries.empty())
            throw node.error(text("it carries '", node.carries[0].name,
                                  "' from batch to batch, which a node in the network of one step cannot do; what goes "
                                  "from step to step is one of the states"));
        if (!node.partials.empty())
            throw node.error(text("it counts '", node.partials[0].first,
                                  "' over the batch, which a node in the network of one step cannot do; put it before "
                                  "or after"));
    }
    for (const Weight& w : model.parameters())
        c.parameter(text(model.graph().node(w.node).name, "/", w.declaration.name), w.declaration.shape,
                    w.declaration.initializer);
}

void StepLayer::infer_outputs(InferContext& c, const Model& model) const {
    const Shape& x = c.input(0).shape;
    const auto signatures = model.infer(x[0], c.mode());
    const auto type_of = [&](const Endpoint& from) {
        const NodeSignature& node = signatures[from.node];
        if (from.port >= node.outputs.size())
            throw c.error(text(title(*node.node), " has no output ", from.port, "; it has ", node.outputs.size()));
        return node.outputs[from.port];
    };
    for (std::size_t s = 0; s < step_.states.size(); ++s) {
        const TensorType state{step_.states[s].shape.batch(x[0])};
        const Handed from = step_.next[s];
        const Endpoint source = from.from == Handed::From::result  ? step_.results[from.index]
                                : from.from == Handed::From::state ? Endpoint{step_.sources[1 + from.index], 0}
                                                                   : Endpoint{step_.sources[0], 0};
        if (const TensorType next = type_of(source); next != state)
            throw c.error(
                text("state '", step_.states[s].name, "' is float32 ", state.shape, ", but what it becomes, ",
                     step_.graph.node(source.node).is_source() ? "'input'" : title(step_.graph.node(source.node)),
                     ", is ", next.element, " ", next.shape, "; both must be alike"));
    }
    const TensorType y = type_of(step_.results[0]);
    if (y.element != Element::float32)
        throw c.error(text("its output, ", title(step_.graph.node(step_.results[0].node)), ", is ", y.element,
                           "; float32 is wanted"));
    c.output(0, {step_.return_sequences ? y.shape.from(1).batch(x[1]).batch(x[0]) : y.shape});
    for (std::size_t s = 0; step_.return_state && s < step_.states.size(); ++s)
        c.output(1 + s, {step_.states[s].shape.batch(x[0])});
}

// Of one row at one step, for the backward pass.
std::size_t StepLayer::kept_bytes(const Model& model) const {
    const TensorType& x = model.source(step_.sources[0]);
    return make_step_plan({.model = &model,
                           .step = &step_,
                           .mode = Mode::training,
                           .wants_gradient = true,
                           .wants_x_gradient = x.element == Element::float32})
        .kept_bytes;
}

void StepLayer::infer(InferContext& c) const {
    infer_inputs(c);
    const TensorType& x = c.input(0);
    const auto model = make_step_model(step_, x, x.shape[0], types_, *factory_);
    infer_network(c, *model);
    infer_outputs(c, *model);
    if (c.mode() != Mode::training)
        return;
    if (const auto bytes = static_cast<std::int64_t>(kept_bytes(*model)); bytes != 0)
        c.saved("steps", TensorType{Shape{x.shape[0], x.shape[1], bytes}, Element::uint8});
}

std::unique_ptr<Work> StepLayer::plan(PlanContext& c) const {
    auto model = make_step_model(step_, c.input(0), c.batch(), types_, *factory_);
    const std::size_t saved = c.counts().saved == 0 ? 0 : kept_bytes(*model);
    return std::make_unique<ScanWork>(c, step_, std::move(model), saved);
}

}  // namespace plexus
