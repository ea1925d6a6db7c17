#include "core/train/network_run.hpp"

#include <algorithm>
#include <cstring>

#include "core/diagnostic/nearest.hpp"
#include "core/plugin/types.hpp"
#include "core/train/carries.hpp"
#include "core/train/precision.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

const ProgramGraph::Call& call_of(const Session& session, const std::string& network) {
    std::vector<std::string> names;
    for (const ProgramGraph::Call& call : session.parts.calls) {
        if (call.network == network)
            return call;
        names.push_back(call.network);
    }
    throw InputError(names.empty()
                         ? text("there is no network '", network, "'; the program has one network alone")
                         : text("there is no network '", network, "'", suggestion(network, names, "there are")));
}

/// The layer type that makes the output of a call readable, if a loss that reads it names one.
std::string readable_by(const Environment& environment, const Session& session, const std::string& network) {
    const Graph& graph = session.model->graph();
    for (const std::vector<std::size_t>& losses : session.parts.losses)
        for (const std::size_t loss : losses)
            for (const ProgramGraph::Call& call : session.parts.calls)
                if (call.network == network && graph.inputs(loss).front() == call.output)
                    if (const Schema* schema = environment.types().find(Kind::loss, graph.node(loss).use.type))
                        return schema->prediction();
    return {};
}

std::vector<std::pair<const Weight*, const Weight*>> pairs(const Model& from, const std::vector<Weight>& theirs,
                                                           const Model& to, const std::vector<Weight>& own) {
    std::vector<std::pair<const Weight*, const Weight*>> all;
    for (const Weight& w : own) {
        const GraphNode& node = to.graph().node(w.node);
        const auto same = [&](const Weight& other) {
            const GraphNode& that = from.graph().node(other.node);
            return that.network == node.network && that.name == node.name && other.index == w.index;
        };
        if (const auto found = std::ranges::find_if(theirs, same); found != theirs.end())
            all.emplace_back(&*found, &w);
    }
    return all;
}

}  // namespace

NetworkRun::NetworkRun(const Environment& environment, const Session& session, const std::string& network,
                       std::int64_t batch, Executor& executor)
    : network_{network}, executor_{executor} {
    const ProgramGraph::Call& call = call_of(session, network);
    const auto signatures = session.model->infer(batch, Mode::inference);
    for (const Endpoint& e : call.inputs) {
        const TensorType& type = signatures[e.node].outputs.at(e.port);
        inputs_.push_back({type.shape.from(1), type.element});
    }
    NetworkText text = *std::ranges::find(session.program.networks, network, &NetworkText::name);
    const std::string readable = readable_by(environment, session, network);
    is_readable_ = !readable.empty();
    if (is_readable_) {
        NodeText node;
        node.name = "prediction";
        node.use = environment.types().resolve(Kind::layer, Value(readable));
        text.nodes.push_back(std::move(node));
    }
    InnerGraph built = build_network_graph(text, inputs_.size(), environment.types());
    model_ = std::make_unique<Model>(std::move(built.graph), inputs_, batch, environment.types(), *session.factory);
    PlanRequest request{.model = model_.get(), .mode = Mode::inference, .batch = batch};
    request.keep = built.read;
    request.workers = executor.workers();
    request.precision = precision_here(session.program);
    plan_ = make_plan(request);
    executor_.prepare(plan_);
    const TensorType& out = plan_.kept.at(0).type;
    output_ = {out.shape.from(1), out.element};
    parameters_.reserve(model_->parameter_bytes());
    states_.reserve(model_->state_bytes());
    derived_.reserve(plan_.derived_bytes);
    batch_.reserve(plan_.batch_bytes);
}

void NetworkRun::take(const Model& from, const std::byte* parameters, const std::byte* states) {
    for (const auto& [theirs, own] : pairs(from, from.parameters(), *model_, model_->parameters()))
        std::memcpy(parameters_.data() + own->offset, parameters + theirs->offset, own->bytes());
    for (const auto& [theirs, own] : pairs(from, from.states(), *model_, model_->states()))
        std::memcpy(states_.data() + own->offset, states + theirs->offset, own->bytes());
}

Array NetworkRun::run(std::span<const Array> inputs) {
    const auto count = static_cast<std::size_t>(inputs.front().shape()[0]);
    const auto batch = static_cast<std::size_t>(plan_.batch);
    Array out({output_.shape.batch(inputs.front().shape()[0]), output_.element});
    for (std::size_t first = 0; first < count; first += batch)
        run_batch(inputs, first, std::min(batch, count - first), out);
    return out;
}

void NetworkRun::run_batch(std::span<const Array> inputs, std::size_t first, std::size_t count, Array& out) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const std::size_t bytes = inputs_[i].bytes();
        std::byte* const to = batch_.data() + plan_.sources.at(i).place.offset;
        std::memset(to, 0, static_cast<std::size_t>(plan_.batch) * bytes);
        std::memcpy(to, static_cast<const std::byte*>(inputs[i].view().data) + first * bytes, count * bytes);
    }
    Carries carries;
    carries.begin(plan_);
    Bindings bindings{
        .batch = batch_.data(), .parameters = parameters_.data(), .states = states_.data(), .derived = derived_.data()};
    carries.bind(bindings);
    executor_.run(plan_, bindings, {});
    std::memcpy(static_cast<std::byte*>(out.view().data) + first * output_.bytes(),
                executor_.result(plan_.kept.at(0)).data, count * output_.bytes());
}

}  // namespace plexus
