#include <nlohmann/json.hpp>
#include <numeric>

#include "apps/runner/benchmark/report.hpp"

namespace runner {
namespace {

using nlohmann::ordered_json;
using plexus::BenchEvent;
using plexus::BenchNode;
using plexus::BenchOther;
using plexus::BenchResult;
using plexus::BenchStage;

ordered_json as_json(const BenchStage& stage) {
    const bool counted = stage.gflops > 0;
    return {{"name", stage.name},
            {"pass", stage.pass},
            {"kernel", stage.kernel},
            {"over", stage.over},
            {"slices", stage.slices},
            {"slicing", stage.slicing},
            {"milliseconds", stage.milliseconds},
            {"gflops", counted ? ordered_json(stage.gflops) : ordered_json(nullptr)},
            {"share_of_limit", counted ? ordered_json(stage.share_of_limit) : ordered_json(nullptr)},
            {"bytes", stage.bytes},
            {"gigabytes_per_second", stage.gigabytes_per_second},
            {"waiting_milliseconds", stage.waiting_milliseconds},
            {"advice", stage.advice}};
}

ordered_json as_json(const BenchNode& node, double all) {
    ordered_json result{{"name", node.name},
                        {"type", node.type},
                        {"absorbed", node.absorbed},
                        {"forward_milliseconds", node.forward_milliseconds},
                        {"backward_milliseconds", node.backward_milliseconds},
                        {"update_milliseconds", node.update_milliseconds},
                        {"share", milliseconds(node) / all}};
    for (const BenchStage& stage : node.stages)
        result["stages"].push_back(as_json(stage));
    return result;
}

}  // namespace

double milliseconds(const BenchNode& node) {
    return node.forward_milliseconds + node.backward_milliseconds + node.update_milliseconds;
}

double milliseconds(const BenchResult& result) {
    double sum = 0;
    for (const BenchNode& node : result.nodes)
        sum += milliseconds(node);
    for (const BenchOther& other : result.others)
        sum += other.milliseconds;
    return sum;
}

ordered_json bench_json(const BenchResult& result) {
    const double all = milliseconds(result);
    ordered_json nodes = ordered_json::array(), others = ordered_json::array();
    for (const BenchNode& node : result.nodes)
        nodes.push_back(as_json(node, all));
    for (const BenchOther& other : result.others)
        others.push_back(
            {{"name", other.name}, {"milliseconds", other.milliseconds}, {"share", other.milliseconds / all}});
    ordered_json json{{"items_per_second", result.items_per_second},
                      {"unit", result.unit},
                      {"milliseconds_per_step", result.milliseconds_per_step},
                      {"share_of_limit", result.share_of_limit},
                      {"gflops_limit", result.gflops_limit},
                      {"scheduling_share", result.scheduling_share},
                      {"training", result.training},
                      {"threads", result.threads},
                      {"tasks", result.tasks},
                      {"disturbed", result.disturbed},
                      {"taken_by_others", result.taken_by_others},
                      {"rounds", result.rounds},
                      {"limits", result.limits},
                      {"nodes", std::move(nodes)},
                      {"others", std::move(others)},
                      {"accounted_milliseconds", all},
                      {"accounted_share", result.accounted_share},
                      {"memory",
                       {{"arena", result.arena_bytes},
                        {"arena_bound", result.arena_bound},
                        {"scratch", result.scratch_bytes},
                        {"weights", result.weight_bytes},
                        {"packed", result.packed_bytes},
                        {"batch", result.batch_bytes}}}};
    if (result.gigabytes_limit > 0) {
        json["gigabytes_limit"] = result.gigabytes_limit;
        json["cache_gigabytes_limit"] = result.cache_gigabytes_limit;
    }
    return json;
}

ordered_json trace_json(const BenchResult& result) {
    ordered_json events = ordered_json::array();
    const auto named = [&](const char* what, std::size_t thread, const std::string& name) {
        events.push_back({{"name", what}, {"ph", "M"}, {"pid", 1}, {"tid", thread}, {"args", {{"name", name}}}});
    };
    named("process_name", 0, "runner bench");
    for (std::size_t thread = 0; thread < result.threads; ++thread)
        named("thread_name", thread, "worker " + std::to_string(thread));
    for (const BenchEvent& event : result.trace)
        events.push_back({{"name", event.name},
                          {"cat", event.kind},
                          {"ph", "X"},
                          {"pid", 1},
                          {"tid", event.thread},
                          {"ts", event.start_microseconds},
                          {"dur", event.microseconds}});
    return {{"traceEvents", std::move(events)}, {"displayTimeUnit", "ns"}};
}

}  // namespace runner
