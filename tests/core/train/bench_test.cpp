// What `bench` says of a step: that it is all of the step, and true of the plan. How fast anything is, is not tested.
#include "plexus/bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <set>

#include "core/train/bench_account.hpp"
#include "core/train/bench_stages.hpp"
#include "core/train/bench_steps.hpp"
#include "core/train/memory_limit.hpp"
#include "plexus/error.hpp"
#include "plexus/text.hpp"
#include "tests/support/stepper.hpp"

using namespace plexus;

namespace {

std::filesystem::path file_of(const std::string& program) {
    const std::filesystem::path file = "bench.yaml";
    std::ofstream(file) << program;
    return file;
}

BenchOptions quick(const std::string& program, std::size_t threads = 2) {
    return {.graph = file_of(program), .threads = threads, .seconds = 0.02, .explain = true, .trace_steps = 2};
}

double sum_of(const BenchResult& result) {
    double sum = 0;
    for (const BenchNode& node : result.nodes)
        sum += node.forward_milliseconds + node.backward_milliseconds + node.update_milliseconds;
    for (const BenchOther& other : result.others)
        sum += other.milliseconds;
    return sum;
}

// All that a worker did, by time.
std::vector<StepProfile::Wait> spans_of(const StepProfile& profile, std::size_t worker) {
    std::vector<StepProfile::Wait> spans = profile.workers[worker].waits;
    for (const StepProfile::Span& task : profile.tasks)
        if (task.worker == worker)
            spans.push_back({task.begin, task.end});
    std::sort(spans.begin(), spans.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
    return spans;
}

}  // namespace

TEST_CASE("profile: operations fill their task, and tasks and waits of a worker lie apart, on any number of threads") {
    for (const auto& program : test::small_programs())
        for (const std::size_t threads : {1, 2, 5}) {
            CAPTURE(program.name);
            CAPTURE(threads);
            BenchSteps steps(test::shipped_plugins(), quick(program.text, threads));
            StepProfile profile;
            profile.prepare(steps.plan(), threads);
            for (int i = 0; i < 3; ++i) {
                const StepTime time = steps.step(&profile);
                const Plan& plan = steps.plan();
                for (std::size_t t = 0; t < plan.tasks.size(); ++t) {
                    std::int64_t at = profile.tasks[t].begin;
                    CHECK(at >= time.begin);
                    for (std::uint32_t o = 0; o < plan.tasks[t].op_count; ++o) {
                        const StepProfile::Span& op = profile.ops[plan.tasks[t].first_op + o];
                        CHECK(op.begin == at);
                        CHECK(op.end >= op.begin);
                        CHECK(op.worker == profile.tasks[t].worker);
                        at = op.end;
                    }
                    CHECK(profile.tasks[t].end == at);
                    CHECK(at <= time.end);
                }
                for (std::size_t w = 0; w < threads; ++w) {
                    const auto spans = spans_of(profile, w);
                    std::int64_t at = profile.workers[w].entered;
                    for (const StepProfile::Wait& span : spans) {
                        CHECK(span.begin >= at);
                        at = span.end;
                    }
                    CHECK(profile.workers[w].left >= at);
                    CHECK(profile.workers[w].waits.size() <= plan.tasks.size() + 1);
                }
            }
        }
}

TEST_CASE("account: nodes, what is no node's, waiting and scheduling are the whole of threads x step") {
    for (const auto& program : test::small_programs())
        for (const std::size_t threads : {1, 3}) {
            CAPTURE(program.name);
            BenchSteps steps(test::shipped_plugins(), quick(program.text, threads));
            const BenchRows rows(steps.plan(), steps.model());
            StepProfile profile;
            profile.prepare(steps.plan(), threads);
            const StepTime time = steps.step(&profile);
            const BenchAccount a = account(rows, profile, time);
            CHECK(std::accumulate(a.rows.begin(), a.rows.end(), a.waiting + a.scheduling) ==
                  doctest::Approx(static_cast<double>(threads) * time.milliseconds()));
            CHECK(a.scheduling > 0);
            CHECK(a.waiting >= 0);
            for (std::size_t r = 0; r < a.rows.size(); ++r)
                CHECK(a.others_waits[r] <= static_cast<double>(threads - 1) * a.rows[r] * (1 + 1e-9));
            // Every operation is booked once.
            std::set<std::uint32_t> seen;
            for (const BenchRow& row : rows.rows())
                for (const std::uint32_t op : row.ops)
                    CHECK(seen.insert(op).second);
            CHECK(seen.size() == steps.plan().ops.size());
        }
}

TEST_CASE("account: single steps that were disturbed are left out of the mean") {
    CHECK(middle_half(std::vector{3.0}) == 3);
    CHECK(middle_half(std::vector{1.0, 100.0}) == 50.5);
    CHECK(middle_half(std::vector{1.0, 2.0, 4.0, 100.0}) == 3);
    std::vector<BenchAccount> steps;
    for (const double time : {9.0, 2.0, 4.0, 1.0})
        steps.push_back({.step = time, .rows = {time / 2}, .others_waits = {0}, .waiting = time / 4, .scheduling = 1});
    const BenchAccount mean = middle_half(steps);
    CHECK(mean.step == 3);
    CHECK(mean.rows[0] == 1.5);
    CHECK(mean.waiting == 0.75);
    CHECK(mean.scheduling == 1);
}

TEST_CASE("bench: the shares add up, and each stage of the plan is explained once") {
    for (const auto& program : test::small_programs()) {
        CAPTURE(program.name);
        const BenchOptions options = quick(program.text);
        const BenchResult result = bench(test::shipped_plugins(), options);
        const double all = static_cast<double>(result.threads) * result.milliseconds_per_step;
        CHECK(sum_of(result) == doctest::Approx(result.accounted_share * all));
        CHECK(result.rounds.size() == 7);
        CHECK(result.limits.size() == 8);
        CHECK(std::count(result.rounds.begin(), result.rounds.end(), result.milliseconds_per_step) >= 1);
        CHECK(result.gigabytes_limit > 0);

        const BenchSteps steps(test::shipped_plugins(), options);
        std::size_t stages_that_run = 0, explained = 0;
        for (const NodePlan& node : steps.plan().nodes)
            stages_that_run += node.stages.size();
        for (const BenchNode& node : result.nodes) {
            CAPTURE(node.name);
            double sum = 0;
            for (const BenchStage& stage : node.stages) {
                CAPTURE(stage.name);
                CHECK(!stage.kernel.empty());
                CHECK(!stage.advice.empty());
                CHECK(stage.slices > 0);
                CHECK((stage.over == "batch" || stage.slicing.starts_with(text(stage.slices, " ", stage.over))));
                CHECK((stage.pass == "forward" || stage.pass == "backward" || stage.pass == "update"));
                CHECK((stage.gflops > 0) == (stage.share_of_limit > 0));
                sum += stage.milliseconds;
                explained += stage.kernel != "optimizer" && stage.kernel != "plan";
            }
            CHECK(sum ==
                  doctest::Approx(node.forward_milliseconds + node.backward_milliseconds + node.update_milliseconds));
        }
        CHECK(explained == stages_that_run);
    }
}

TEST_CASE("bench: a trace has each step, task and operation as often as there are steps") {
    for (const auto& program : test::small_programs()) {
        CAPTURE(program.name);
        const BenchOptions options = quick(program.text);
        const BenchResult result = bench(test::shipped_plugins(), options);
        const BenchSteps steps(test::shipped_plugins(), options);
        const auto events = [&](const char* kind) {
            return static_cast<std::size_t>(std::count_if(result.trace.begin(), result.trace.end(),
                                                          [&](const BenchEvent& e) { return e.kind == kind; }));
        };
        CHECK(events("step") == 2);
        CHECK(events("task") == 2 * steps.plan().tasks.size());
        CHECK(events("operation") == 2 * steps.plan().ops.size());
        for (const BenchEvent& event : result.trace) {
            CHECK(event.thread < result.threads);
            CHECK(event.start_microseconds >= 0);
            CHECK(event.microseconds >= 0);
        }
        for (const Task& task : steps.plan().tasks)
            CHECK(std::count_if(result.trace.begin(), result.trace.end(),
                                [&](const BenchEvent& e) { return e.name == task.label; }) >= 2);
    }
}

TEST_CASE("bench: a program without a train section is timed forward only") {
    const BenchResult result = bench(test::shipped_plugins(), quick(R"(
data: {source: {synthetic: {shape: [6], classes: 3, samples: 32}}}
network: [{dense: {name: fc, units: 3}}]
)"));
    CHECK(!result.training);
    REQUIRE(!result.nodes.empty());
    for (const BenchNode& node : result.nodes) {
        CHECK(node.backward_milliseconds == 0);
        CHECK(node.update_milliseconds == 0);
        for (const BenchStage& stage : node.stages)
            CHECK(stage.pass == "forward");
    }
}

TEST_CASE("bench: what a layer throws comes with its place") {
    CHECK_THROWS_AS((void)bench(test::shipped_plugins(), quick(R"(
data: {source: {synthetic: {shape: [6], classes: 8, samples: 32}}}
network: [{dense: {name: few, units: 4}}]
loss: softmax_cross_entropy
train: {epochs: 1, batch: 32, shard: 8, optimizer: sgd}
)")),
                    RunError);
}

TEST_CASE("bench: advice follows from the figures by fixed rules") {
    // Two threads with 100 GFLOP/s, 10 GB/s of memory and 50 GB/s of cache each; a step of 10 ms.
    BenchLimits limits{
        .gflops = 200, .gigabytes = 20, .cache_gigabytes = 100, .threads = 2, .milliseconds = 20, .shard = 16};
    const auto said = [&](double milliseconds, double share, double gigabytes, double waiting, const char* kernel,
                          std::size_t slices = 8) {
        return advice({.name = "forward",
                       .pass = "forward",
                       .kernel = kernel,
                       .over = "shard",
                       .slicing = "8 shards of 16 samples",
                       .slices = slices,
                       .milliseconds = milliseconds,
                       .gflops = share * 100,
                       .share_of_limit = share,
                       .gigabytes_per_second = gigabytes,
                       .waiting_milliseconds = waiting},
                      limits);
    };
    CHECK(said(0.1, 0.1, 1, 0, "plain") == "under 1 % of a step: nothing to win");
    CHECK(said(4, 0.9, 1, 2, "jit") ==
          "while it runs the other thread waits for 50 % of its time (8 shards of 16 samples, 2 threads): train.shard "
          "below 16 would cut it finer");
    limits.batch = 1;
    CHECK(said(4, 0.9, 1, 2, "jit").ends_with(": of one sample, only a layer with tiles can be cut"));
    limits.batch = 128;
    CHECK(said(4, 0.7, 1, 0, "jit") == "near its limit: only less arithmetic would be faster");
    CHECK(
        said(4, 0.2, 8, 0, "jit") ==
        "moves 8 GB/s of the 10 that memory gives a thread, and computes 2.5 FLOP per byte: fewer bytes would help, "
        "as in place or in one pass with a neighbour, or train.shard below 16: the caches keep more of a smaller one");
    CHECK(said(4, 0, 40, 0, "plain") ==
          "moves 40 GB/s of the 50 that the caches give a thread: fewer bytes would help, as in place or in one pass "
          "with a neighbour");
    CHECK(said(4, 0.2, 1, 0, "jit", 1000) ==
          "only 4 microseconds a slice, of which the call is a part: larger shards, or one stage where there are "
          "several, would help");
    CHECK(said(4, 0.2, 1, 0, "plain") ==
          "no compiled kernel; moves 10 % of what memory gives, and nothing waits: the layer's own loops are what to "
          "make faster");
    CHECK(said(4, 0, 1, 0, "optimizer") ==
          "no compiled kernel; moves 10 % of what memory gives, and nothing waits: the optimizer's own loops are what "
          "to make faster");
    CHECK(said(4, 0.2, 15, 0, "jit") ==
          "its tensors are in the caches, it moves 30 % of what these give, and nothing waits: jit leaves arithmetic "
          "units idle at these shapes; channels in multiples of the vector length, or another kernel, would help");
}

TEST_CASE("bench: memory and caches are measured on any number of threads") {
    CHECK(memory_limit(1) > 0);
    CHECK(cache_limit(3) > 0);
}
