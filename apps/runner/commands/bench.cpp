// runner bench: how fast a graph is on this machine, and where the time and the memory go.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "apps/runner/commands/commands.hpp"
#include "apps/runner/options/arguments.hpp"
#include "apps/runner/terminal/print.hpp"
#include "apps/runner/terminal/quantity.hpp"
#include "apps/runner/terminal/table.hpp"
#include "plexus/analysis.hpp"

namespace runner {
namespace {

using nlohmann::ordered_json;
using plexus::BenchNode;
using plexus::BenchResult;

double milliseconds(const BenchNode& node) {
    return node.forward_milliseconds + node.backward_milliseconds + node.update_milliseconds;
}

double all_milliseconds(const BenchResult& result) {
    double sum = 0;
    for (const BenchNode& node : result.nodes)
        sum += milliseconds(node);
    return sum > 0 ? sum : 1;
}

ordered_json as_json(const BenchResult& result) {
    ordered_json nodes = ordered_json::array();
    for (const BenchNode& node : result.nodes)
        nodes.push_back({{"name", node.name},
                         {"type", node.type},
                         {"forward_milliseconds", node.forward_milliseconds},
                         {"backward_milliseconds", node.backward_milliseconds},
                         {"update_milliseconds", node.update_milliseconds},
                         {"share", milliseconds(node) / all_milliseconds(result)}});
    return {{"items_per_second", result.items_per_second},
            {"unit", result.unit},
            {"milliseconds_per_step", result.milliseconds_per_step},
            {"share_of_limit", result.share_of_limit},
            {"gflops_limit", result.gflops_limit},
            {"scheduling_share", result.scheduling_share},
            {"training", result.training},
            {"threads", result.threads},
            {"tasks", result.tasks},
            {"nodes", std::move(nodes)},
            {"memory",
             {{"arena", result.arena_bytes},
              {"arena_bound", result.arena_bound},
              {"scratch", result.scratch_bytes},
              {"weights", result.weight_bytes},
              {"batch", result.batch_bytes}}}};
}

std::string as_text(const BenchResult& result) {
    Table facts{{{""}, {""}}};
    facts.row(
        {"speed", fmt::format("{} {}", grouped(static_cast<std::int64_t>(result.items_per_second)), result.unit)});
    facts.row({"a step", fmt::format("{} ms, {}, {} on {}", brief(result.milliseconds_per_step),
                                     result.training ? "training" : "forward only", counted(result.tasks, "task"),
                                     counted(result.threads, "thread"))});
    if (result.share_of_limit > 0)
        facts.row({"share of the machine",
                   fmt::format("{} of {} GFLOP/s", percent(result.share_of_limit), brief(result.gflops_limit))});
    facts.row({"scheduling", percent(result.scheduling_share) + " of a step"});
    facts.row({"memory", fmt::format("{} arena (at least {}), {} scratch, {} weights and slots, {} batches",
                                     bytes(result.arena_bytes), bytes(result.arena_bound), bytes(result.scratch_bytes),
                                     bytes(result.weight_bytes), bytes(result.batch_bytes))});
    const auto right = Table::Align::right;
    Table nodes{
        {{"node"}, {"type"}, {"forward ms", right}, {"backward ms", right}, {"update ms", right}, {"share", right}}};
    for (const BenchNode& node : result.nodes)
        nodes.row({node.name, node.type, brief(node.forward_milliseconds), brief(node.backward_milliseconds),
                   brief(node.update_milliseconds), percent(milliseconds(node) / all_milliseconds(result))});
    return facts.text() + "\n" + nodes.text() + "(milliseconds of a step, summed over threads)\n";
}

int run(const Arguments& arguments) {
    const auto seconds = static_cast<double>(arguments.number("seconds", 3, 1, 3600));
    const plexus::Environment environment{arguments.environment()};
    const BenchResult result =
        plexus::bench(environment, arguments.inputs().front(), arguments.overrides(), arguments.threads(), seconds);
    if (arguments.json())
        print_json(as_json(result));
    else
        print(as_text(result));
    return 0;
}

}  // namespace

Command bench_command() {
    return {
        .name = "bench",
        .usage = "GRAPH [options]",
        .summary = "how fast a graph is, and where time and memory go",
        .description =
            "Times whole steps on data that is in memory: training steps, or forward passes where the program has no "
            "train section. Nothing is saved.",
        .wanted = "a graph file",
        .options =
            {
                {"set", "PATH=VALUE", "change the program first, as in train.batch=256", "", true},
                {"seconds", "S", "how long to measure", "3"},
            },
        .examples = {"bench graphs/bench/mlp.yaml", "bench graphs/bench/convnet.yaml --threads 1 --json"},
        .run = run,
    };
}

}  // namespace runner
