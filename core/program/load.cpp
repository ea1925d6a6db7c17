// A file, or a text, becomes a program: read, overridden, expanded, checked, in this order.
#include <algorithm>

#include "core/diagnostic/nearest.hpp"
#include "core/plugin/types.hpp"
#include "core/program/model_text.hpp"
#include "core/program/override.hpp"
#include "core/program/read_sections.hpp"
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
void check_metric(const std::string& name, const Program& program, const Value& train, const char* section) {
    std::vector<std::string> known{"loss"};
    for (const JudgeText& metric : program.metrics)
        known.push_back(metric.name);
    const std::string metric = name.substr(0, name.find_first_of("./"));
    if (std::find(known.begin(), known.end(), metric) != known.end())
        return;
    const Value* place = train.find(section)->find("metric");
    throw InputError(place != nullptr ? place->position : train.find(section)->position,
                     text("the program has no metric '", name, "'", suggestion(name, known, "it has"),
                          nearest(name, known).empty() ? "; what is to be measured stands under 'metrics'" : ""));
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
    program.networks.push_back(
        read_network(wanted(tree, "network", "network: [TYPE, TYPE: {...}]"), types, effective("network")));
    if (const Value* loss = tree.find("loss"))
        program.loss = read_loss(*loss, types, effective("loss"));
    if (const Value* metrics = tree.find("metrics"))
        program.metrics = read_metrics(*metrics, types, effective("metrics"));
    if (const Value* train = tree.find("train")) {
        program.train = read_train(*train, types, effective("train"));
        if (!program.loss)
            throw InputError(train->position, "to train, the program wants 'loss': loss: softmax_cross_entropy");
        if (program.train->early_stopping)
            check_metric(program.train->early_stopping->metric, program, *train, "early_stopping");
        if (train->find("best") != nullptr)
            check_metric(program.train->best_metric, program, *train, "best");
    }
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
