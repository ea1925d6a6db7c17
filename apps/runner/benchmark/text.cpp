#include <fmt/format.h>

#include <algorithm>

#include "apps/runner/benchmark/report.hpp"
#include "apps/runner/terminal/quantity.hpp"
#include "apps/runner/terminal/table.hpp"

namespace runner {
namespace {

using plexus::BenchNode;
using plexus::BenchOther;
using plexus::BenchResult;
using plexus::BenchStage;

constexpr auto right = Table::Align::right;

std::string between(const std::vector<double>& values) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    return fmt::format("between {} and {}", brief(*least), brief(*most));
}

std::string facts(const BenchResult& result) {
    Table facts{{{""}, {""}}};
    facts.row(
        {"speed", fmt::format("{} {}", grouped(static_cast<std::int64_t>(result.items_per_second)), result.unit)});
    facts.row({"a step", fmt::format("{} ms, {}, {} on {}", brief(result.milliseconds_per_step),
                                     result.training ? "training" : "forward only", counted(result.tasks, "task"),
                                     counted(result.threads, "thread"))});
    facts.row({"rounds", fmt::format("{}, {} ms", counted(result.rounds.size(), "round"), between(result.rounds))});
    if (result.share_of_limit > 0)
        facts.row({"share of the machine",
                   fmt::format("{} of {} GFLOP/s", percent(result.share_of_limit), brief(result.gflops_limit))});
    if (result.gigabytes_limit > 0)
        facts.row(
            {"speed of the memory", fmt::format("{} GB/s, of the second-level caches {} GB/s",
                                                brief(result.gigabytes_limit), brief(result.cache_gigabytes_limit))});
    facts.row({"scheduling", percent(result.scheduling_share) + " of a step, with empty bodies"});
    facts.row(
        {"memory", fmt::format("{} arena (at least {}), {} scratch, {} weights and slots, {} packed weights, "
                               "{} batches",
                               bytes(result.arena_bytes), bytes(result.arena_bound), bytes(result.scratch_bytes),
                               bytes(result.weight_bytes), bytes(result.packed_bytes), bytes(result.batch_bytes))});
    return facts.text();
}

std::string node_table(const BenchResult& result) {
    const double all = milliseconds(result);
    Table nodes{
        {{"node"}, {"type"}, {"forward ms", right}, {"backward ms", right}, {"update ms", right}, {"share", right}}};
    const auto title = [](const BenchNode& node) {
        std::string all = node.name;
        for (const std::string& name : node.absorbed)
            all += " + " + name;
        return all;
    };
    for (const BenchNode& node : result.nodes)
        nodes.row({title(node), node.type, brief(node.forward_milliseconds), brief(node.backward_milliseconds),
                   brief(node.update_milliseconds), percent(milliseconds(node) / all)});
    Table others{{{"beside the nodes"}, {"ms", right}, {"share", right}}};
    for (const BenchOther& other : result.others)
        others.row({other.name, brief(other.milliseconds), percent(other.milliseconds / all)});
    return nodes.text() + "\n" + others.text() +
           fmt::format("accounted for: {} of {} x {} ms (milliseconds of a step, summed over threads)\n",
                       percent(result.accounted_share), result.threads, brief(result.milliseconds_per_step));
}

constexpr std::size_t names_in_a_line = 4;

// What is said of several stages is said once: "conv2 forward, conv2 data: near its limit".
struct Remark {
    std::string sentence;
    std::vector<std::string> stages;
    double milliseconds = 0;
};

std::vector<Remark> remarks(const BenchResult& result) {
    std::vector<Remark> remarks;
    for (const BenchNode& node : result.nodes)
        for (const BenchStage& stage : node.stages) {
            auto same = std::ranges::find(remarks, stage.advice, &Remark::sentence);
            if (same == remarks.end())
                same = remarks.insert(same, Remark{stage.advice, {}, 0});
            same->stages.push_back(node.name + " " + stage.name);
            same->milliseconds += stage.milliseconds;
        }
    std::ranges::stable_sort(remarks, std::ranges::greater{}, &Remark::milliseconds);
    return remarks;
}

// A table of all stages, then what would make them faster, beginning where the most time goes.
std::string explanation(const BenchResult& result) {
    Table table{{{"node"},
                 {"stage"},
                 {"pass"},
                 {"kernel"},
                 {"slices"},
                 {"ms", right},
                 {"GFLOP/s", right},
                 {"of limit", right},
                 {"GB/s", right}}};
    for (const BenchNode& node : result.nodes)
        for (const BenchStage& stage : node.stages)
            table.row({node.name, stage.name, stage.pass, stage.kernel, stage.slicing, brief(stage.milliseconds),
                       stage.gflops > 0 ? brief(stage.gflops) : "-",
                       stage.gflops > 0 ? percent(stage.share_of_limit) : "-", brief(stage.gigabytes_per_second)});
    std::string text = "\n" + table.text() + "(GFLOP/s and GB/s of one thread)\n\n";
    for (const Remark& remark : remarks(result)) {
        const std::size_t named = std::min(remark.stages.size(), names_in_a_line);
        const auto first = remark.stages.begin();
        text += fmt::format("{}", fmt::join(first, first + static_cast<std::ptrdiff_t>(named), ", "));
        if (named < remark.stages.size())
            text += fmt::format(" and {}", counted(remark.stages.size() - named, "other"));
        text += ": " + remark.sentence + "\n";
    }
    return text;
}

}  // namespace

std::string disturbance(const BenchResult& result) {
    std::string text = fmt::format("the machine was disturbed: rounds {} ms a step, limit {} GFLOP/s",
                                   between(result.rounds), between(result.limits));
    if (result.taken_by_others > 0.05)
        text += fmt::format(", other programs had {} of the processors", percent(result.taken_by_others));
    return text;
}

std::string bench_text(const BenchResult& result) {
    std::string text = facts(result) + "\n" + node_table(result);
    const auto explained = [](const BenchNode& node) { return !node.stages.empty(); };
    if (std::any_of(result.nodes.begin(), result.nodes.end(), explained))
        text += explanation(result);
    if (result.disturbed)
        text += "\n" + disturbance(result) + "\n";
    return text;
}

}  // namespace runner
