// How fast a graph is on this machine, and where the time of a step goes.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "plexus/environment.hpp"
#include "plexus/override.hpp"
#include "plexus/rewrites.hpp"

namespace plexus {

/// What is timed, and how long.
struct BenchOptions {
    std::filesystem::path graph;           ///< a file
    std::vector<Override> overrides = {};  ///< applied in this order
    std::size_t threads = 0;               ///< 0: as many as the machine has
    double seconds = 3;                    ///< of steps, over all rounds; two steps a round where these take longer
    Rewrites rewrites = {};                ///< those that are made
    bool explain = false;         ///< fill BenchNode::stages, for which the speed of the memory is measured too
    std::size_t trace_steps = 0;  ///< steps whose events are wanted
};

/// One stage of a node. What the plan does for the node of its own accord is a stage too: "sum" adds gradients where an
/// output is used twice, "norm" squares the gradient, "update" has the optimizer's formula.
struct BenchStage {
    std::string name;           ///< "forward", "weights"
    std::string pass;           ///< "forward", "backward" or "update"
    std::string kernel;         ///< "jit:avx2"; or whose own code runs: "plain" (the layer's), "optimizer", "plan"
    std::string over;           ///< "shard", "tile" or "batch"
    std::string slicing;        ///< "8 shards of 16 samples", "5 tiles of 192 rows", "once over the batch"
    std::size_t slices = 0;     ///< how often it runs in a step
    double milliseconds = 0;    ///< of a step, summed over threads
    double gflops = 0;          ///< per thread; 0 where the stage does not count its FLOPs
    double share_of_limit = 0;  ///< of what one thread has of the machine's limit; 0 like gflops
    double bytes = 0;           ///< read and written in a step, from memory or caches
    double gigabytes_per_second = 0;  ///< per thread
    double waiting_milliseconds = 0;  ///< of a step, in which other threads had nothing to do while it ran
    std::string advice = {};          ///< what would make it faster, in a sentence that follows from the above
};

/// One node of the graph.
struct BenchNode {
    std::string name;                        ///< as in GraphFacts
    std::string type;                        ///< of layer
    std::vector<std::string> absorbed = {};  ///< neighbours whose work is done with its own
    double forward_milliseconds = 0;         ///< of a step, summed over threads; likewise the next two
    double backward_milliseconds = 0;        ///< 0 where it has no backward pass
    double update_milliseconds = 0;          ///< of its parameters
    std::vector<BenchStage> stages = {};     ///< forward, backward, update; empty without BenchOptions::explain
};

/// Time of a step that is no node's.
struct BenchOther {
    std::string name;         ///< "loss", "combine", "gradient norm", "scheduling", "waiting"
    double milliseconds = 0;  ///< summed over threads
};

/// Something with a beginning and an end on one thread. Events of a thread lie within each other or apart.
struct BenchEvent {
    std::string name;               ///< "step 0", "shard 3", "conv1 forward", "waiting"
    std::string kind;               ///< "step", "task", "operation" or "waiting"
    std::size_t thread = 0;         ///< from 0
    double start_microseconds = 0;  ///< since the start of the first step
    double microseconds = 0;        ///< that it took
};

/// What was measured.
struct BenchResult {
    double items_per_second = 0;       ///< of the median round
    std::string unit;                  ///< "samples/s", or "tokens/s" where a sample is a sequence of whole numbers
    double milliseconds_per_step = 0;  ///< the median of the rounds
    double share_of_limit = 0;   ///< median of the rounds, each against the limits beside it; 0 if nothing counts FLOPs
    double gflops_limit = 0;     ///< of all threads at once, float32: the median of `limits`
    double gigabytes_limit = 0;  ///< GB/s that memory gives to all threads at once; 0 without BenchOptions::explain
    double cache_gigabytes_limit = 0;  ///< likewise the second-level caches
    double scheduling_share = 0;       ///< of the step, with empty bodies
    std::vector<double> rounds;        ///< milliseconds of a step, in each round
    std::vector<double> limits;        ///< GFLOP/s before the first round and after each
    double taken_by_others = 0;        ///< share of the processors that other programs had beside most rounds
    bool disturbed = false;  ///< rounds or limits lie further apart than 5 % of their median, or others took as much
    std::vector<BenchNode> nodes;    ///< in an order in which they can run
    std::vector<BenchOther> others;  ///< with the nodes' they make up the whole of threads x milliseconds_per_step
    double accounted_share = 0;      ///< that sum, from steps with time stamps, over that product, from steps without
    std::vector<BenchEvent> trace;   ///< of BenchOptions::trace_steps steps
    std::size_t arena_bytes = 0;     ///< of all buffers of a step, laid out by lifetime
    std::size_t arena_bound = 0;     ///< what lives at the same time at most: no layout has less
    std::size_t scratch_bytes = 0;   ///< of all workers
    std::size_t weight_bytes = 0;    ///< parameters, states and slots
    std::size_t packed_bytes = 0;    ///< tensors derived from parameters
    std::size_t batch_bytes = 0;     ///< of the samples that are in memory at once
    std::size_t tasks = 0;           ///< of a step
    std::size_t threads = 0;         ///< that were used
    bool training = true;            ///< false: forward passes alone
};

/// Times whole steps on data that is in memory; training steps where the program has `train`, else forward only. Steps
/// are timed in rounds, and the machine's limit is measured between them. Throws as check() does.
[[nodiscard]] PLEXUS_API BenchResult bench(const Environment& environment, const BenchOptions& options);

}  // namespace plexus
