// A file, or a text, becomes a program: read, overridden, expanded, checked, in this order.
#include <algorithm>

#include "core/diagnostic/nearest.hpp"
#include "core/plugin/types.hpp"
#include "core/program/model_text.hpp"
#include "core/program/override.hpp"
#include "core/program/read_phases.hpp"
#include "core/program/read_sections.hpp"
#include "core/program/read_watching.hpp"
#include "core/program/sections.hpp"
#include "core/program/yaml.hpp"
#include "core/schema/scalar.hpp"
#include "plexus/text.hpp"

namespace plexus {

namespace {

const Value& wanted(const Value& tree, std::string_view section, std::string_view example) {
    const Value* found = tree.find(section);
    if (found == nullptr || found->is_null())
        throw InputError(found != nullptr ? found->position : tree.position,
                         text("the program wants '", section, "': ", example));
    return *found;
}

/// `metric: acuracy`. A metric may report several values, which are named after it: accuracy, accuracy.class_3.
void check_metric(const std::string& name, const Program& program, const Position& place) {
    std::vector<std::string> known;
    for (const PhaseText& phase : program.phases) {
        known.push_back(program.is_short ? "loss" : phase.name);
        for (const JudgeText& metric : phase.metrics)
            known.push_back(metric.name);
    }
    const std::string metric = name.substr(0, name.find_first_of("./"));
    if (std::find(known.begin(), known.end(), metric) != known.end())
        return;
    throw InputError(place,
                     text("the program has no metric '", name, "'", suggestion(name, known, "it has"),
                          nearest(name, known).empty() ? "; what is to be measured stands under 'metrics'" : ""));
}

/// `metric` of a section.
void check_metric(const std::string& name, const Value& section, const Program& program) {
    const Value* place = section.find("metric");
    check_metric(name, program, place != nullptr ? place->position : section.position);
}

void read_one_network(const Value& tree, const Types& types, Program& program) {
    const auto effective = [&](const char* section) -> Value& { return program.text.set(section, {}); };
    program.networks.push_back(
        read_network("main", wanted(tree, "network", "network: [TYPE, TYPE: {...}]"), types, effective("network")));
    std::vector<JudgeText> losses, metrics;
    if (const Value* loss = tree.find("loss"))
        losses = read_losses(*loss, types, effective("loss"));
    if (const Value* written = tree.find("metrics"))
        metrics = read_metrics(*written, types, effective("metrics"));
    program.phases.push_back(phase_of_one(program.networks.front(), std::move(losses), std::move(metrics)));
}

/// Of `networks` and `phases`, and what belongs to one network.
void refuse_mixture(const Value& tree) {
    for (const char* of_one : {"network", "loss", "metrics"})
        if (const Value* found = tree.find(of_one))
            throw InputError(found->position,
                             text("beside 'networks' and 'phases' there is no '", of_one, "'",
                                  of_one == std::string_view("network") ? ": move it into 'networks'"
                                                                        : ": move it into the phase that it is of"));
}

Program read_program(Value tree, const std::string& origin, std::span<const Override> overrides, const Types& types) {
    if (tree.is_null())
        throw InputError(Position{origin, 0, 0, {}}, "the file is empty; a program has at least 'data' and 'network'");
    if (!tree.is_map())
        throw InputError(tree.position,
                         text("a program is a map of sections (data, network, ...), not ", describe(tree)));
    for (const Override& change : overrides)
        apply_override(tree, change, types);
    check_keys("", tree, types);
    expand_model_text(tree, types);
    check_keys("", tree, types);

    Program program;
    program.text = Value(Value::Map{});
    const auto effective = [&](const char* section) -> Value& { return program.text.set(section, {}); };
    program.data = read_data(wanted(tree, "data", "data: {source: {idx: {...}}}"), types, effective("data"));
    program.is_short = tree.find("networks") == nullptr && tree.find("phases") == nullptr;
    if (program.is_short) {
        read_one_network(tree, types, program);
    } else {
        refuse_mixture(tree);
        program.networks = read_networks(wanted(tree, "networks", "networks: {NAME: [TYPE, TYPE: {...}]}"), types,
                                         effective("networks"));
        program.phases = read_phases(wanted(tree, "phases", "phases: [NAME: {nodes: [...], loss: ..., updates: ...}]"),
                                     program.networks, types, effective("phases"));
    }
    if (const Value* train = tree.find("train")) {
        program.train = read_train(*train, types, effective("train"));
        if (program.phases.front().losses.empty())
            throw InputError(train->position, "to train, the program wants 'loss': loss: softmax_cross_entropy");
        refuse_untrainable(program);
        if (program.train->early_stopping)
            check_metric(program.train->early_stopping->metric, *train->find("early_stopping"), program);
        if (train->find("best") != nullptr)
            check_metric(program.train->best_metric, *train->find("best"), program);
    }
    if (const Value* samples = tree.find("samples"))
        program.samples = read_samples(*samples, program.networks, types, effective("samples"));
    if (const Value* warnings = tree.find("warnings"))
        program.warnings = read_warnings(*warnings, types, effective("warnings"));
    for (const WarningText& warning : program.warnings)
        for (const std::string& metric : warning.metrics)
            check_metric(metric, program, warning.position);
    return program;
}

}  // namespace

Program load_program(const std::filesystem::path& file, std::span<const Override> overrides, const Types& types) {
    const std::string origin = file.string();
    Program program = read_program(read_yaml(read_text_file(file), origin), origin, overrides, types);
    program.name = file.stem().string();
    program.folder = file.parent_path();
    return program;
}

Program parse_program(const std::string& text, const std::string& origin, const std::filesystem::path& folder,
                      std::span<const Override> overrides, const Types& types) {
    Program program = read_program(read_yaml(text, origin), origin, overrides, types);
    program.name = std::filesystem::path(origin.substr(0, origin.find(':'))).stem().string();
    program.folder = folder;
    return program;
}

}  // namespace plexus
