// runner check: everything that a run would refuse, without running.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "apps/runner/commands/check_plugin.hpp"
#include "apps/runner/commands/commands.hpp"
#include "apps/runner/options/arguments.hpp"
#include "apps/runner/terminal/print.hpp"
#include "apps/runner/terminal/quantity.hpp"
#include "apps/runner/terminal/table.hpp"
#include "apps/runner/terminal/terminal.hpp"
#include "plexus/analysis.hpp"
#include "plexus/error.hpp"
#include "plexus/plugin_check.hpp"

namespace runner {
namespace {

using nlohmann::ordered_json;
using plexus::GraphFacts;
using plexus::NodeFacts;

ordered_json as_json(const GraphFacts& facts) {
    ordered_json nodes = ordered_json::array();
    for (const NodeFacts& node : facts.nodes) {
        ordered_json outputs = ordered_json::array();
        for (const plexus::Shape& shape : node.outputs)
            outputs.push_back(std::vector<std::int64_t>(shape.begin(), shape.end()));
        nodes.push_back({{"name", node.name},
                         {"type", node.type},
                         {"network", node.network},
                         {"position", node.position},
                         {"outputs", std::move(outputs)},
                         {"parameters", node.parameters}});
    }
    return {{"name", facts.name},
            {"parameters", facts.parameters},
            {"nodes", std::move(nodes)},
            {"samples",
             {{"training", facts.training_samples}, {"holdout", facts.holdout_samples}, {"test", facts.test_samples}}},
            {"samples_read", facts.samples_read},
            {"unreadable", facts.unreadable},
            {"memory", {{"training", facts.training_memory}, {"prediction", facts.prediction_memory}}},
            {"checkpoint_bytes", facts.checkpoint_bytes}};
}

// A run stops at the first sample that cannot be read, unless it is told to skip such.
bool refused(const GraphFacts& facts) {
    return !facts.unreadable.empty() && !facts.skips_unreadable;
}

// Most nodes are written in the graph file itself: "line 9".
std::string place_in(const std::string& graph, const std::string& position) {
    if (!position.starts_with(graph + ":"))
        return position;
    const std::string line = position.substr(graph.size() + 1);
    return "line " + line.substr(0, line.find(':'));
}

std::string as_text(const GraphFacts& facts, const std::string& graph) {
    std::set<std::string> networks;
    for (const NodeFacts& node : facts.nodes)
        if (!node.network.empty())
            networks.insert(node.network);
    Table nodes{{{"node"}, {"type"}, {"output of one sample"}, {"parameters", Table::Align::right}, {"written in"}}};
    for (const NodeFacts& node : facts.nodes) {
        std::string outputs;
        for (const plexus::Shape& shape : node.outputs)
            outputs += (outputs.empty() ? "" : " ") + to_string(shape);
        const bool named = networks.size() > 1 && !node.network.empty();
        nodes.row({named ? node.network + "/" + node.name : node.name, node.type, outputs, grouped(node.parameters),
                   place_in(graph, node.position)});
    }
    Table sums{{{""}, {""}}};
    sums.row({"parameters", grouped(facts.parameters)});
    sums.row({"samples", fmt::format("{} to train with, {} held out, {} to test with", grouped(facts.training_samples),
                                     grouped(facts.holdout_samples), grouped(facts.test_samples))});
    sums.row({"memory", fmt::format("{} in training, {} in prediction", bytes(facts.training_memory),
                                    bytes(facts.prediction_memory))});
    sums.row({"a checkpoint", "about " + bytes(facts.checkpoint_bytes)});
    if (facts.samples_read != 0)
        sums.row({"data", fmt::format("{} read, {} cannot be read", counted(facts.samples_read, "sample"),
                                      facts.unreadable.empty() ? "none" : grouped(facts.unreadable.size()))});
    return fmt::format("{}\n{}\n{}", nodes.text(), sums.text(),
                       refused(facts) ? "" : printable(facts.name) + ": nothing to object to\n");
}

int check_graph(const Arguments& arguments) {
    for (const char* option : {"type", "only", "case", "in-process", "patience"})
        if (arguments.has(option))
            throw plexus::InputError(
                fmt::format("--{} is for a plugin (a .so file); {} is a graph", option, arguments.inputs().front()));
    const plexus::Environment environment{arguments.environment()};
    const GraphFacts facts = plexus::check(environment, arguments.inputs().front(), arguments.overrides(),
                                           arguments.threads(), arguments.has("data"));
    if (arguments.json())
        print_json(as_json(facts));
    else
        print(as_text(facts, arguments.inputs().front()));
    for (const std::string& fault : facts.unreadable)
        note(printable(fault) + "\n");
    return refused(facts) ? 2 : 0;
}

std::string check_list() {
    std::string list;
    for (const auto& [name, promise] : plexus::check_names())
        list += (list.empty() ? "" : ", ") + name;
    return list;
}

int run(const Arguments& arguments) {
    const std::filesystem::path file = arguments.inputs().front();
    return file.extension() == ".so" ? check_plugin(arguments, file) : check_graph(arguments);
}

}  // namespace

Command check_command() {
    return {
        .name = "check",
        .usage = "GRAPH|PLUGIN [options]",
        .summary = "a graph without running it, or a plugin by trying every type",
        .description =
            "Of a graph: refuses whatever a run would refuse: misspelt names, shapes that do not fit, plugins and data "
            "files that are missing. Prints nodes, shapes, parameters and memory.\n"
            "Of a plugin (a .so file): whether it fits this Plexus, and whether every type keeps its promises, in "
            "child "
            "processes: shapes, gradients against differences, the same bits on any threads, no access to memory that "
            "was not declared, and more. What is found comes with the smallest case that shows it and the command that "
            "shows it again. Exit code 2 if anything is.",
        .wanted = "a graph file or a plugin",
        .options = {{"set", "PATH=VALUE", "graph: change the program first, as in train.batch=64", "", true},
                    {"data", "", "graph: also read every sample, and list those that cannot be read"},
                    {"type", "TYPE", "plugin: this type alone"},
                    {"only", "CHECK", "plugin: this check alone: " + check_list()},
                    {"case", "CASE", "plugin: this case alone, as it was printed; without inputs: 'csv {file: a.csv}'"},
                    {"in-process", "", "plugin: no child processes, for a debugger"},
                    {"patience", "SECONDS", "plugin: for one case; 0: without limit", "60"}},
        .examples = {"check graphs/mnist_cnn.yaml --data", "check libmine.so",
                     "check libmine.so --only gradients --case 'swish {beta: 2} on float32 [6]'"},
        .run = run,
    };
}

}  // namespace runner
