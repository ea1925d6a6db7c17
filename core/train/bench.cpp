// Times whole steps of a program in rounds, and says where the time goes.
#include "plexus/bench.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/train/bench_account.hpp"
#include "core/train/bench_stages.hpp"
#include "core/train/bench_steps.hpp"
#include "core/train/bench_trace.hpp"
#include "core/train/fma_limit.hpp"
#include "core/train/memory_limit.hpp"
#include "core/train/planned.hpp"

namespace plexus {
namespace {

// An odd number, so that the median is a round, whose step and whose account belong together.
constexpr int round_count = 7;
constexpr double calm = 0.05;     // how far rounds may lie apart, as a share of their median; and what others may take
constexpr int steps_a_stamp = 2;  // of so many steps one has time stamps, so that both kinds see the same machine

template <class Values>
auto median(Values values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

bool far_apart(const std::vector<double>& values) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    return *most - *least > calm * median(values);
}

// One step after the other for so many seconds; at least one.
template <class Step>
void repeat_for(double seconds, Step&& step) {
    const std::int64_t end = StepProfile::now() + static_cast<std::int64_t>(seconds * 1e9);
    do
        step();
    while (StepProfile::now() < end);
}

struct Round {
    double milliseconds = 0;  ///< of a step without time stamps
    BenchAccount account;     ///< of steps with them
    double gflops_limit = 0;  ///< the mean of those measured before and after
    friend bool operator<(const Round& a, const Round& b) { return a.milliseconds < b.milliseconds; }
};

Round measure_round(BenchSteps& steps, const BenchRows& rows, StepProfile& profile, double seconds) {
    std::vector<double> times;
    std::vector<BenchAccount> accounts;
    int turn = 0;
    const auto step = [&] {
        if (turn++ % steps_a_stamp != 1) {
            times.push_back(steps.step().milliseconds());
        } else {
            const StepTime time = steps.step(&profile);
            accounts.push_back(account(rows, profile, time));
        }
    };
    step();
    repeat_for(seconds, step);
    return {middle_half(std::move(times)), middle_half(std::move(accounts))};
}

// Rounds, and the machine's limit before, between and after them.
std::vector<Round> measure_rounds(BenchSteps& steps, const BenchRows& rows, double seconds, BenchResult& result) {
    const std::size_t together = std::min(result.threads, worker_count(0));
    StepProfile profile;
    profile.prepare(steps.plan(), steps.threads());
    steps.step();  // the first touches every page, and packs the weights of a forward pass
    repeat_for(std::min(0.2, seconds / 4), [&] { steps.step(&profile); });
    std::vector<Round> rounds;
    std::vector<double> shares, taken;
    const auto measure_limit = [&] {
        const FmaLimit limit = fma_limit(together);
        result.limits.push_back(limit.gflops);
        taken.push_back(limit.taken);
    };
    measure_limit();
    for (int i = 0; i < round_count; ++i) {
        Round round = measure_round(steps, rows, profile, seconds / round_count);
        measure_limit();
        round.gflops_limit = (result.limits[result.limits.size() - 2] + result.limits.back()) / 2;
        result.rounds.push_back(round.milliseconds);
        shares.push_back(steps.flops() / (round.milliseconds * 1e-3) / 1e9 / round.gflops_limit);
        rounds.push_back(std::move(round));
    }
    result.share_of_limit = median(shares);
    result.gflops_limit = median(result.limits);
    result.taken_by_others = median(taken);  // now and then, something always wakes up
    result.disturbed = far_apart(result.rounds) || far_apart(result.limits) || result.taken_by_others > calm;
    return rounds;
}

double empty_milliseconds(BenchSteps& steps) {
    std::vector<double> times;
    for (int i = 0; i < 101; ++i)
        times.push_back(steps.empty_step().milliseconds());
    return median(times);
}

void add_time(BenchNode& node, BenchPass pass, double milliseconds) {
    double& sum = pass == BenchPass::forward    ? node.forward_milliseconds
                  : pass == BenchPass::backward ? node.backward_milliseconds
                                                : node.update_milliseconds;
    sum += milliseconds;
}

// The rows of a round become nodes, in the order of the graph, and what is no node's.
void share_out(const BenchSteps& steps, const BenchRows& rows, const Round& round, bool explain, BenchResult& result) {
    const BenchLimits limits{.gflops = round.gflops_limit,
                             .gigabytes = result.gigabytes_limit,
                             .cache_gigabytes = result.cache_gigabytes_limit,
                             .threads = result.threads,
                             .milliseconds = round.account.step * static_cast<double>(result.threads),
                             .shard = steps.plan().shard,
                             .batch = steps.plan().batch};
    std::map<std::size_t, BenchNode> nodes;
    for (std::size_t i = 0; i < rows.rows().size(); ++i) {
        const BenchRow& row = rows.rows()[i];
        const double milliseconds = round.account.rows[i];
        if (row.pass == BenchPass::beside) {
            result.others.push_back({row.name, milliseconds});
            continue;
        }
        BenchNode& node = nodes[row.node];
        node.name = steps.model().graph().node(row.node).label();
        node.type = steps.model().graph().node(row.node).use.type;
        add_time(node, row.pass, milliseconds);
        if (explain)
            node.stages.push_back(stage_of(row, steps.plan(), milliseconds, round.account.others_waits[i], limits));
    }
    for (const NodePlan& planned : steps.plan().nodes)
        for (const std::size_t guest : planned.guests)
            nodes[planned.number].absorbed.push_back(steps.model().graph().node(guest).label());
    for (auto& [number, node] : nodes)
        result.nodes.push_back(std::move(node));
    result.others.push_back({"scheduling", round.account.scheduling});
    result.others.push_back({"waiting", round.account.waiting});
}

double sum_of(const BenchResult& result) {
    double sum = 0;
    for (const BenchNode& node : result.nodes)
        sum += node.forward_milliseconds + node.backward_milliseconds + node.update_milliseconds;
    for (const BenchOther& other : result.others)
        sum += other.milliseconds;
    return sum;
}

void note_memory(const BenchSteps& steps, BenchResult& result) {
    const Plan& plan = steps.plan();
    result.arena_bytes = plan.arena_bytes;
    result.arena_bound = plan.arena_bound;
    result.scratch_bytes = plan.scratch_bytes;
    result.batch_bytes = plan.batch_bytes;
    result.weight_bytes = steps.weight_bytes();
    result.packed_bytes = plan.derived_bytes;
}

/// Of a sequence of numbers, each step counts.
std::int64_t items_of(const SampleTensor& input) {
    const bool tokens = input.type.element == Element::int32 && input.type.shape.rank() == 1;
    return tokens ? input.type.shape[0] : 1;
}

}  // namespace

BenchResult bench(const Environment& environment, const BenchOptions& options) {
    BenchSteps steps(environment, options);
    BenchResult result;
    result.training = steps.training();
    result.threads = steps.threads();
    result.tasks = steps.plan().tasks.size();
    const std::int64_t items = items_of(steps.session().tensors.at(0));
    result.unit = items == 1 ? "samples/s" : "tokens/s";
    note_memory(steps, result);

    const BenchRows rows(steps.plan(), steps.model());
    const Round typical = median(measure_rounds(steps, rows, options.seconds, result));
    result.milliseconds_per_step = typical.milliseconds;
    result.items_per_second = static_cast<double>(items * steps.plan().batch) / typical.milliseconds * 1e3;
    result.trace = trace_steps(steps, options.trace_steps);
    result.scheduling_share = empty_milliseconds(steps) / typical.milliseconds;
    if (options.explain) {
        const std::size_t together = std::min(result.threads, worker_count(0));
        result.gigabytes_limit = memory_limit(together);
        result.cache_gigabytes_limit = cache_limit(together);
    }
    share_out(steps, rows, typical, options.explain, result);
    result.accounted_share = sum_of(result) / (static_cast<double>(result.threads) * result.milliseconds_per_step);
    return result;
}

}  // namespace plexus
