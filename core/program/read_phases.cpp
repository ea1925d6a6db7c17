#include "core/program/read_phases.hpp"

#include <algorithm>

#include "core/diagnostic/nearest.hpp"
#include "core/plugin/types.hpp"
#include "core/program/item.hpp"
#include "core/program/read_sections.hpp"
#include "core/program/sections.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

std::vector<std::string> names_of(const std::vector<NetworkText>& networks) {
    std::vector<std::string> names;
    for (const NetworkText& network : networks)
        names.push_back(network.name);
    return names;
}

/// `updates: generator` or `updates: [encoder, decoder]`.
std::vector<std::string> read_updates(const Value& written, const std::vector<std::string>& networks) {
    std::vector<std::string> updates;
    const Value::List names = written.is_list() ? written.list() : Value::List{written};
    for (const Value& name : names) {
        if (!name.is_string())
            throw InputError(name.position.known() ? name.position : written.position,
                             "'updates' wants names of networks: updates: generator, or updates: [encoder, decoder]");
        if (std::find(networks.begin(), networks.end(), name.string()) == networks.end())
            throw InputError(name.position, text("there is no network '", name.string(), "'",
                                                 suggestion(name.string(), networks, "there are")));
        updates.push_back(name.string());
    }
    if (updates.empty())
        throw InputError(written.position, "'updates' names no network; leave it out for a phase that only computes");
    return updates;
}

PhaseText read_phase(const Member& written, const std::vector<NetworkText>& networks, const Types& types,
                     Value& effective) {
    const Attributes given = check_section("phases", written.value, types);
    effective = given.values();
    PhaseText phase;
    Value name{written.name};
    name.position = written.position;
    phase.name = checked_name(name);
    phase.position = written.position;
    const auto wanted = [&](const char* key, const char* example) -> const Value& {
        const Value* found = written.value.find(key);
        if (found == nullptr || found->is_null())
            throw InputError(written.position, text("phase '", written.name, "' wants '", key, "': ", example));
        return *found;
    };
    phase.nodes =
        read_calls(wanted("nodes", "nodes: [NETWORK, LAYER: {...}]"), networks, types, effective.set("nodes", {}));
    phase.losses =
        read_losses(wanted("loss", "loss: sigmoid_cross_entropy: {inputs: [...]}"), types, effective.set("loss", {}));
    if (const Value* metrics = written.value.find("metrics"); metrics != nullptr && !metrics->is_null())
        phase.metrics = read_metrics(*metrics, types, effective.set("metrics", {}));
    if (const Value* updates = written.value.find("updates"); updates != nullptr && !updates->is_null())
        phase.updates = read_updates(*updates, names_of(networks));
    if (given.has("optimizer"))
        phase.optimizer = given.typed("optimizer");
    phase.every = given.get<std::int64_t>("every");
    phase.steps = given.get<std::int64_t>("steps");
    phase.gradient_norm = given.get<bool>("gradient_norm");
    return phase;
}

template <class T>
void refuse_twice(const std::vector<T>& others, const std::string& name, const Position& position, const char* what) {
    for (const T& other : others)
        if (other.name == name)
            throw InputError(position,
                             text("another ", what, " is called '", name, "'", " (", to_string(other.position), ")"));
}

}  // namespace

std::vector<NetworkText> read_networks(const Value& written, const Types& types, Value& effective) {
    if (!written.is_map() || written.map().empty())
        throw InputError(written.position, "'networks' is a map of networks by their names: {generator: [TYPE, ...]}");
    std::vector<NetworkText> networks;
    Value::Map texts;
    for (const Member& member : written.map()) {
        Value name{member.name};
        name.position = member.position;
        (void)checked_name(name);
        if (types.find(Kind::layer, member.name) != nullptr || types.find(Kind::model, member.name) != nullptr)
            throw InputError(member.position, text("a network cannot be called '", member.name,
                                                   "', for a type is; give it another name"));
        Value nodes;
        networks.push_back(read_network(member.name, member.value, types, nodes));
        texts.push_back({member.name, std::move(nodes), member.position});
    }
    effective = std::move(texts);
    return networks;
}

std::vector<PhaseText> read_phases(const Value& written, const std::vector<NetworkText>& networks, const Types& types,
                                   Value& effective) {
    if (!written.is_list() || written.list().empty())
        throw InputError(written.position, "'phases' is a list: [NAME: {nodes: [...], loss: ..., updates: ...}]");
    std::vector<PhaseText> phases;
    Value::List texts;
    std::vector<JudgeText> metrics;
    for (const Value& item : written.list()) {
        if (!item.is_map() || item.map().size() != 1)
            throw InputError(item.position, "a phase is written NAME: {nodes: [...], loss: ..., updates: ...}");
        const Member& member = item.map().front();
        refuse_twice(phases, member.name, member.position, "phase");
        Value text;
        phases.push_back(read_phase(member, networks, types, text));
        texts.push_back(Value(Value::Map{{member.name, std::move(text), member.position}}));
        for (const JudgeText& metric : phases.back().metrics) {
            refuse_same_name(metrics, metric, "metric");
            metrics.push_back(metric);
        }
    }
    effective = std::move(texts);
    return phases;
}

PhaseText phase_of_one(const NetworkText& network, std::vector<JudgeText> losses, std::vector<JudgeText> metrics) {
    PhaseText phase;
    phase.name = network.name;
    phase.nodes.push_back({network.name, {network.name, {}, network.position}, {}, true});
    phase.losses = std::move(losses);
    phase.metrics = std::move(metrics);
    phase.updates = {network.name};
    phase.position = network.position;
    return phase;
}

void refuse_untrainable(const Program& program) {
    const TrainText& train = *program.train;
    bool uses_common = false;
    std::vector<std::string> names;
    for (const PhaseText& phase : program.phases) {
        names.push_back(phase.name);
        uses_common = uses_common || (!phase.updates.empty() && !phase.optimizer);
        if (!phase.updates.empty() && !phase.optimizer && !train.optimizer)
            throw InputError(program.is_short ? train.position : phase.position,
                             program.is_short
                                 ? std::string("'train' wants 'optimizer': optimizer: {TYPE: {...}}")
                                 : text("phase '", phase.name, "' updates '", phase.updates.front(),
                                        "' and has no optimizer; give it one, or all phases one under 'train': "
                                        "optimizer: {TYPE: {...}}"));
    }
    if (train.optimizer && !uses_common)
        throw InputError(train.optimizer->position,
                         "no phase uses train.optimizer: each that updates something has an optimizer of its own");
    if (train.epoch_of && std::find(names.begin(), names.end(), *train.epoch_of) == names.end())
        throw InputError(train.epoch_of_position, text("there is no phase '", *train.epoch_of, "'",
                                                       suggestion(*train.epoch_of, names, "there are")));
    if (std::all_of(program.phases.begin(), program.phases.end(),
                    [](const PhaseText& phase) { return phase.updates.empty(); }))
        throw InputError(train.position, "no phase updates a network, so there is nothing to train");
}

}  // namespace plexus
