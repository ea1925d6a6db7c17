#include "core/train/network_inputs.hpp"

#include <algorithm>
#include <cstring>

#include "core/plan/plan.hpp"
#include "plexus/random.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

/// The noise of pictures is none that a step of training sees.
constexpr std::uint64_t beyond_training = std::uint64_t{1} << 63;

const ProgramGraph::Call& first_call(const Session& session, const std::string& network) {
    return *std::ranges::find(session.parts.calls, network, &ProgramGraph::Call::network);
}

std::vector<std::size_t> sources_of(const Graph& graph, std::size_t node) {
    std::vector<std::size_t> open{node}, sources;
    std::vector<bool> seen(graph.size());
    while (!open.empty()) {
        const std::size_t n = open.back();
        open.pop_back();
        if (seen[n])
            continue;
        seen[n] = true;
        if (graph.node(n).is_source())
            sources.push_back(n);
        for (const Endpoint& from : graph.inputs(n))
            open.push_back(from.node);
    }
    return sources;
}

bool is_class(const TensorType& type) {
    return type.element == Element::int32 && type.shape.elements() == 1;
}

/// Computed by the program's own nodes; class numbers in the place of the data's.
Array computed(const Session& session, const Endpoint& what, const InputDraw& draw, std::size_t classes,
               Executor& executor) {
    const Model& model = *session.model;
    PlanRequest request{.model = &model, .mode = Mode::inference, .batch = static_cast<std::int64_t>(draw.count)};
    request.keep = {what};
    request.workers = executor.workers();
    const Plan plan = make_plan(request);
    executor.prepare(plan);
    Memory batch{plan.batch_bytes}, parameters{model.parameter_bytes()}, states{model.state_bytes()},
        derived{plan.derived_bytes};
    for (const Result& source : plan.sources) {
        if (!is_class({source.type.shape.from(1), source.type.element}))
            continue;
        auto* const labels = reinterpret_cast<std::int32_t*>(batch.data() + source.place.offset);
        for (std::size_t i = 0; i < draw.count; ++i)
            labels[i] = draw.label.value_or(static_cast<std::int32_t>(i % std::max<std::size_t>(classes, 1)));
    }
    executor.run(
        plan,
        {.batch = batch.data(), .parameters = parameters.data(), .states = states.data(), .derived = derived.data()},
        {.seed = draw.seed, .execution = beyond_training});
    const ConstTensor made = executor.result(plan.kept.at(0));
    const bool is_source = model.graph().node(what.node).is_source();
    Array out(plan.kept.at(0).type);
    std::memcpy(out.view().data, is_source ? batch.data() + plan.kept[0].place.offset : made.data, out.type().bytes());
    return out;
}

Array standard_normal(const TensorType& type, const InputDraw& draw) {
    Array out({type.shape.batch(static_cast<std::int64_t>(draw.count)), Element::float32});
    const auto values = out.as();
    const auto size = static_cast<std::size_t>(type.shape.elements());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const RandomCounter counter{beyond_training, static_cast<std::uint32_t>(i / size),
                                    static_cast<std::uint32_t>(i % size / 4)};
        const auto words = philox({draw.seed, path_hash("prior")}, counter);
        const std::size_t lane = i % size % 4;
        values[i] = static_cast<float>(normal(words[lane & 2], words[lane | 1])[lane & 1]);
    }
    return out;
}

}  // namespace

bool reads_class(const Session& session, const std::string& network) {
    const Model& model = *session.model;
    for (const Endpoint& e : first_call(session, network).inputs)
        for (const std::size_t source : sources_of(model.graph(), e.node))
            if (is_class(model.source(source)))
                return true;
    return false;
}

std::vector<Array> draw_inputs(const Session& session, const std::string& network, const InputDraw& draw,
                               Executor& executor) {
    const Model& model = *session.model;
    const Graph& graph = model.graph();
    const auto signatures = model.infer(1, Mode::inference);
    if (reads_class(session, network) && session.classes.empty() && !draw.label)
        throw InputError(text("network '", network,
                              "' reads a class, and the program does not say which there are: name them, data: "
                              "{classes: [...]}"));
    std::vector<Array> inputs;
    for (const Endpoint& e : first_call(session, network).inputs) {
        const auto sources = sources_of(graph, e.node);
        const TensorType& type = signatures[e.node].outputs.at(e.port);
        const auto reads_data =
            std::ranges::find_if(sources, [&](std::size_t source) { return !is_class(model.source(source)); });
        if (reads_data == sources.end())
            inputs.push_back(computed(session, e, draw, session.classes.size(), executor));
        else if (!graph.node(e.node).network.empty() && type.element == Element::float32)
            inputs.push_back(standard_normal({type.shape.from(1), type.element}, draw));
        else
            throw InputError(text("network '", network, "' reads '", graph.node(*reads_data).name,
                                  "' of the data, so it makes nothing out of nothing; 'runner predict' with --network "
                                  "tells what it makes of a file"));
    }
    return inputs;
}

}  // namespace plexus
