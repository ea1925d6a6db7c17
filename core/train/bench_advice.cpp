// The rules by which `bench --explain` says what would make a stage faster.
#include <cmath>
#include <utility>

#include "core/train/bench_stages.hpp"
#include "plexus/text.hpp"

namespace plexus {
namespace {

constexpr double negligible = 0.01;      // of a step
constexpr double much_waiting = 0.25;    // of the time of the other threads
constexpr double near_limit = 0.7;       // of the arithmetic
constexpr double much_traffic = 0.5;     // of what memory or caches give
constexpr double from_caches = 1.2;      // times what memory gives: it cannot have been memory alone
constexpr double few_microseconds = 10;  // a slice: then finding and calling it is a part that counts

std::string percent(double share) {
    return text(std::lround(share * 100), " %");
}

// Two digits that count: 0.35, 3.5, 35
std::string brief(double number) {
    const double scale = number >= 10 ? 1 : number >= 1 ? 10 : 100;
    return text(std::round(number * scale) / scale);
}

double share(double part, double all) {
    return all > 0 ? part / all : 0;
}

// Of a stage that leaves other threads without work; else nothing.
std::string about_waiting(const BenchStage& stage, const BenchLimits& limits) {
    const double waits =
        share(stage.waiting_milliseconds, static_cast<double>(limits.threads - 1) * stage.milliseconds);
    if (waits < much_waiting)
        return {};
    const std::string cut = limits.batch == 1       ? "of one sample, only a layer with tiles can be cut"
                            : stage.over == "shard" ? text("train.shard below ", limits.shard, " would cut it finer")
                            : stage.over == "tile"  ? "more tiles would share it out better"
                                                    : "a stage per shard or tile would share it out";
    return text("while it runs ", limits.threads == 2 ? "the other thread waits" : "the other threads wait", " for ",
                percent(waits), " of its time (", stage.slicing, ", ", limits.threads, " threads): ", cut);
}

// Of a stage that moves nearly as much as memory or caches can; else nothing.
std::string about_traffic(const BenchStage& stage, const BenchLimits& limits) {
    const double moved = stage.gigabytes_per_second;
    const double memory = limits.per_thread(limits.gigabytes), caches = limits.per_thread(limits.cache_gigabytes);
    const double flops_per_byte = share(stage.gflops, moved);
    const bool from_memory = share(moved, memory) < from_caches;
    const double most = from_memory ? memory : caches;
    if (share(moved, most) < much_traffic || flops_per_byte * most > limits.per_thread(limits.gflops))
        return {};
    return text("moves ", brief(moved), " GB/s of the ", brief(most), " that ",
                from_memory ? "memory gives" : "the caches give", " a thread",
                stage.gflops > 0 ? text(", and computes ", brief(flops_per_byte), " FLOP per byte") : std::string{},
                ": fewer bytes would help, as in place or in one pass with a neighbour",
                from_memory && stage.over == "shard" && limits.shard > 1
                    ? text(", or train.shard below ", limits.shard, ": the caches keep more of a smaller one")
                    : std::string{});
}

// Of what is slow by itself.
std::string about_kernel(const BenchStage& stage, const BenchLimits& limits) {
    const double memory = share(stage.gigabytes_per_second, limits.per_thread(limits.gigabytes));
    const double caches = share(stage.gigabytes_per_second, limits.per_thread(limits.cache_gigabytes));
    const std::string place = memory < from_caches
                                  ? text("moves ", percent(memory), " of what memory gives, and nothing waits")
                                  : text("its tensors are in the caches, it moves ", percent(caches),
                                         " of what these give, and nothing waits");
    for (const auto& [kernel, owner] : {std::pair{"plain", "layer"}, {"optimizer", "optimizer"}, {"plan", "plan"}})
        if (stage.kernel == kernel)
            return text("no compiled kernel; ", place, ": the ", owner, "'s own loops are what to make faster");
    return text(place, ": ", stage.kernel, " leaves arithmetic units idle at these shapes; channels in multiples of ",
                "the vector length, or another kernel, would help");
}

}  // namespace

std::string advice(const BenchStage& stage, const BenchLimits& limits) {
    if (stage.milliseconds < negligible * limits.milliseconds)
        return "under 1 % of a step: nothing to win";
    if (std::string sentence = about_waiting(stage, limits); !sentence.empty())
        return sentence;
    if (stage.share_of_limit >= near_limit)
        return "near its limit: only less arithmetic would be faster";
    if (std::string sentence = about_traffic(stage, limits); !sentence.empty())
        return sentence;
    const double microseconds = share(stage.milliseconds * 1e3, static_cast<double>(stage.slices));
    if (microseconds < few_microseconds)
        return text("only ", brief(microseconds), " microseconds a slice, of which the call is a part: larger shards, ",
                    "or one stage where there are several, would help");
    return about_kernel(stage, limits);
}

}  // namespace plexus
