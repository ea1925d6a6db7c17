#include "core/scan/step_network.hpp"

#include <algorithm>
#include <set>

#include "core/diagnostic/nearest.hpp"
#include "core/program/item.hpp"
#include "core/program/program.hpp"
#include "core/program/read_sections.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

Shape shape_of(const Value& written, const std::string& name) {
    std::vector<std::int64_t> sizes;
    const auto add = [&](const Value& size) {
        if (!size.is_integer() || size.integer() < 1 || sizes.size() + 2 > Shape::max_rank)
            throw InputError(written.position, text("state '", name, "' is ", to_string(written),
                                                    "; it must be the shape of one sample's state: [64]"));
        sizes.push_back(size.integer());
    };
    if (written.is_list())
        for (const Value& size : written.list())
            add(size);
    else
        add(written);
    return Shape{sizes};
}

std::vector<ScanState> read_states(const Attributes& a) {
    std::vector<ScanState> states;
    if (!a.has("states"))
        return states;
    const Value& written = a.raw("states");
    if (!written.is_map())
        throw a.error("states", "'states' must be a map of names and shapes: {h: [64]}");
    for (const Member& member : written.map()) {
        Value name{member.name};
        name.position = member.position;
        states.push_back({checked_name(name), shape_of(member.value, member.name), member.position});
    }
    return states;
}

// What each state becomes, as it is written, in the order of the states.
std::vector<Value> read_next(const Attributes& a, const std::vector<ScanState>& states) {
    std::vector<std::string> names;
    for (const ScanState& state : states)
        names.push_back(state.name);
    const Value nothing{Value::Map{}};
    const Value& written = a.has("next") ? a.raw("next") : nothing;
    if (!written.is_map())
        throw a.error("next", "'next' must be a map of states and what they become: {h: NODE}");
    for (const Member& member : written.map())
        if (std::ranges::find(names, member.name) == names.end())
            throw InputError(member.position, text("there is no state '", member.name, "'",
                                                   suggestion(member.name, names, "there are")));
    std::vector<Value> next;
    for (const ScanState& state : states) {
        const Value* found = written.find(state.name);
        if (found == nullptr)
            throw InputError(state.position, text("nothing says what state '", state.name,
                                                  "' becomes after a step: write next: {", state.name, ": NODE}"));
        next.push_back(*found);
    }
    return next;
}

void refuse_names(const StepNetwork& step) {
    for (const ScanState& state : step.states)
        for (std::size_t n = step.sources.size(); n < step.graph.size(); ++n)
            if (step.graph.node(n).name == state.name)
                throw InputError(state.position, text("a node of the network is called '", state.name,
                                                      "' too; give one of the two another name"));
}

void refuse_unread(const StepNetwork& step) {
    std::set<std::size_t> read;
    for (std::size_t n = 0; n < step.graph.size(); ++n)
        for (const Endpoint& from : step.graph.inputs(n))
            read.insert(from.node);
    for (std::size_t s = 0; s < step.states.size(); ++s)
        if (!read.contains(step.sources[1 + s]) &&
            std::ranges::find(step.next, Handed{Handed::From::state, s}) == step.next.end())
            throw InputError(step.states[s].position, text("nobody reads state '", step.states[s].name,
                                                           "': remove it, or name it in the 'inputs' of a node"));
}

std::size_t add_result(StepNetwork& step, const Endpoint& endpoint) {
    const auto found = std::ranges::find(step.results, endpoint);
    if (found == step.results.end())
        step.results.push_back(endpoint);
    return static_cast<std::size_t>(std::ranges::find(step.results, endpoint) - step.results.begin());
}

Handed handed(StepNetwork& step, const Endpoint& endpoint) {
    const auto source = std::ranges::find(step.sources, endpoint.node);
    if (source == step.sources.end())
        return {Handed::From::result, add_result(step, endpoint)};
    const auto number = static_cast<std::size_t>(source - step.sources.begin());
    return number == 0 ? Handed{Handed::From::input, 0} : Handed{Handed::From::state, number - 1};
}

// `output` is nothing where the last node's is meant.
StepNetwork build(const Value& nodes, std::vector<ScanState> states, std::vector<Value> next, Value output,
                  const Types& types) {
    std::vector<Value*> references;
    for (Value& reference : next)
        references.push_back(&reference);
    if (!output.is_null())
        references.push_back(&output);
    Value effective;
    const NetworkText network = read_inner_network(nodes, references, types, effective);
    if (output.is_null()) {
        output = Value(network.nodes.back().name);
        output.position = nodes.position;
    }
    std::vector<std::string> sources{"input"};
    for (const ScanState& state : states)
        sources.push_back(state.name);
    std::vector<Value> read{output};
    read.insert(read.end(), next.begin(), next.end());
    InnerGraph inner = build_inner_graph(network, sources, read, types);

    StepNetwork step;
    step.graph = std::move(inner.graph);
    step.sources = std::move(inner.sources);
    step.states = std::move(states);
    refuse_names(step);
    if (handed(step, inner.read[0]).from != Handed::From::result)
        throw InputError(output.position, text("the output must be that of a node; '", output.string(), "' is none"));
    for (std::size_t s = 0; s < step.states.size(); ++s)
        step.next.push_back(handed(step, inner.read[1 + s]));
    refuse_unread(step);
    return step;
}

}  // namespace

StepNetwork read_scan(const Attributes& a, const Types& types) {
    std::vector<ScanState> states = read_states(a);
    std::vector<Value> next = read_next(a, states);
    const Value output = a.has("output") ? a.raw("output") : Value{};
    if (!output.is_null() && !output.is_string())
        throw a.error("output", "'output' must be a node's name");
    StepNetwork step = build(a.raw("network"), std::move(states), std::move(next), output, types);
    step.return_sequences = a.get<bool>("return_sequences");
    step.return_state = a.get<bool>("return_state");
    step.go_backwards = a.get<bool>("go_backwards");
    return step;
}

StepNetwork read_time_distributed(const Attributes& a, const Types& types) {
    StepNetwork step = build(a.raw("layer"), {}, {}, {}, types);
    step.return_sequences = true;
    return step;
}

}  // namespace plexus
