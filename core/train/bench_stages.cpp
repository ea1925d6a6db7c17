#include "core/train/bench_stages.hpp"

#include <algorithm>

#include "plexus/text.hpp"

namespace plexus {
namespace {

const char* name_of(Over over) {
    switch (over) {
        case Over::shard:
            return "shard";
        case Over::tile:
            return "tile";
        case Over::batch:
            return "batch";
    }
    return "";
}

const char* name_of(BenchPass pass) {
    switch (pass) {
        case BenchPass::forward:
            return "forward";
        case BenchPass::backward:
            return "backward";
        case BenchPass::update:
            return "update";
        case BenchPass::beside:
            return "";
    }
    return "";
}

Over over_of(const BenchRow& row) {
    if (row.stage != nullptr)
        return row.stage->over;
    return row.pass == BenchPass::update ? Over::tile : Over::shard;
}

std::string kernel_of(const BenchRow& row) {
    if (row.stage == nullptr)
        return row.name == "update" ? "optimizer" : "plan";
    return row.stage->kernel.empty() ? "plain" : row.stage->kernel;
}

// "8 shards of 16 samples", "5 tiles of up to 192 rows"
std::string slicing(const BenchRow& row, const Plan& plan) {
    const Over over = over_of(row);
    if (over == Over::batch)
        return row.ops.size() == 1 ? "once over the batch" : text(row.ops.size(), " times over the batch");
    const auto [smallest, largest] = std::minmax_element(
        row.ops.begin(), row.ops.end(), [&](auto a, auto b) { return plan.ops[a].count < plan.ops[b].count; });
    const std::int64_t count = plan.ops[*largest].count;
    const char* unit = over == Over::shard ? "sample" : row.stage != nullptr ? "row" : "element";
    return text(row.ops.size(), " ", name_of(over), row.ops.size() == 1 ? "" : "s", " of ",
                plan.ops[*smallest].count == count ? "" : "up to ", count, " ", unit, count == 1 ? "" : "s");
}

double bytes_of(const BenchRow& row, const Plan& plan) {
    double bytes = 0;
    for (const std::uint32_t number : row.ops) {
        const Op& op = plan.ops[number];
        for (std::uint32_t a = 0; a < op.access_count; ++a)
            bytes += static_cast<double>(plan.accesses[op.accesses + a].bytes);
    }
    return bytes;
}

}  // namespace

BenchStage stage_of(const BenchRow& row, const Plan& plan, double milliseconds, double others_waits,
                    const BenchLimits& limits) {
    BenchStage stage{.name = row.name,
                     .pass = name_of(row.pass),
                     .kernel = kernel_of(row),
                     .over = name_of(over_of(row)),
                     .slicing = slicing(row, plan),
                     .slices = row.ops.size(),
                     .milliseconds = milliseconds,
                     .bytes = bytes_of(row, plan),
                     .waiting_milliseconds = others_waits};
    const double seconds = milliseconds * 1e-3;
    if (seconds > 0) {
        stage.gflops = row.stage != nullptr ? row.stage->flops / seconds / 1e9 : 0;
        stage.share_of_limit = limits.gflops > 0 ? stage.gflops / limits.per_thread(limits.gflops) : 0;
        stage.gigabytes_per_second = stage.bytes / seconds / 1e9;
    }
    stage.advice = advice(stage, limits);
    return stage;
}

}  // namespace plexus
