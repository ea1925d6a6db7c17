// Times whole steps of a program, and says where the time goes.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>
#include <thread>

#include "core/plan/step_state.hpp"
#include "core/plugin/types.hpp"
#include "core/train/fma_limit.hpp"
#include "core/train/pass.hpp"
#include "core/train/planned.hpp"
#include "core/train/weights.hpp"
#include "plexus/analysis.hpp"

namespace plexus {
namespace {

using Clock = std::chrono::steady_clock;

double median(std::vector<double>& values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

// Everything that a step needs, with one batch that is used again and again.
struct Bench {
    Bench(const Environment& environment, const std::filesystem::path& graph, std::span<const Override> overrides,
          std::size_t threads)
        : session(open_session(environment, load_program(graph, overrides, environment.types()))),
          executor({.threads = threads}),
          training(session.program.train && session.parts.loss) {
        if (training)
            optimizer = environment.types().optimizer(session.program.train->optimizer, *session.factory);
        layout = optimizer ? layout_of(*optimizer) : OptimizerLayout{};
        plan = plan_step(session, training ? Mode::training : Mode::inference, optimizer.get(), executor.workers());
        executor.prepare(plan);
        weights = std::make_unique<Weights>(*session.model, layout.slots.size(), layout.counters.size());
        initialize(*weights, *session.model, *session.factory, 1);
        derived.reserve(plan.derived_bytes);
        feed = std::make_unique<Feed>(*session.source, "data.source", false);
        feed->reserve(plan);
        samples.resize(static_cast<std::size_t>(plan.batch));
        for (std::size_t i = 0; i < samples.size(); ++i)
            samples[i] = static_cast<std::uint32_t>(i % session.source->size());
        feed->aim(plan, samples);
        load_alone(executor, *feed);
    }

    double step(double* seconds, bool empty = false) {
        const Progress progress{.step = done, .epoch = 0, .steps_per_epoch = 1000000, .total_steps = 1000000};
        const auto start = Clock::now();
        if (optimizer && !empty)
            optimizer->begin_step(progress, weights->counters);
        const Bindings bindings{.batch = feed->current(),
                                .parameters = weights->parameters.data(),
                                .states = weights->states.data(),
                                .derived = derived.data(),
                                .slots = weights->slot_addresses};
        const StepInput input{.seed = 1,
                              .execution = done++,
                              .optimizer = optimizer.get(),
                              .learning_rate = optimizer ? optimizer->learning_rate(progress) : 0,
                              .counters = weights->counters,
                              .seconds = seconds,
                              .empty_bodies = empty,
                              .derived_fresh = !training && done > 1};
        executor.run(plan, bindings, input);
        return std::chrono::duration<double>(Clock::now() - start).count();
    }

    Session session;
    Executor executor;
    bool training;
    std::unique_ptr<Optimizer> optimizer;
    OptimizerLayout layout;
    Plan plan;
    std::unique_ptr<Weights> weights;
    Memory derived;
    std::unique_ptr<Feed> feed;
    std::vector<std::uint32_t> samples;
    std::uint64_t done = 0;
};

void share_out(const Bench& b, const std::vector<double>& seconds, double steps, BenchResult& result) {
    std::map<std::size_t, BenchNode> by_node;
    const Graph& graph = b.session.model->graph();
    for (std::size_t i = 0; i < b.plan.ops.size(); ++i) {
        const Op& op = b.plan.ops[i];
        const double ms = seconds[i] / steps * 1e3;
        const bool update = op.kind == OpKind::update || op.kind == OpKind::square;
        if (op.kind == OpKind::norm)
            continue;
        const std::size_t n = update ? b.session.model->parameters()[op.node].node : b.plan.nodes[op.node].number;
        BenchNode& node = by_node[n];
        node.name = graph.node(n).name;
        node.type = graph.node(n).use.type;
        const bool backward = op.kind == OpKind::add || op.kind == OpKind::zero || op.kind == OpKind::seed ||
                              (op.kind == OpKind::stage && op.stage >= b.plan.nodes[op.node].forward_stages);
        (update ? node.update_milliseconds : backward ? node.backward_milliseconds : node.forward_milliseconds) += ms;
    }
    for (auto& [n, node] : by_node)
        result.nodes.push_back(std::move(node));
}

}  // namespace

BenchResult bench(const Environment& environment, const std::filesystem::path& graph,
                  std::span<const Override> overrides, std::size_t threads, double seconds) {
    Bench b(environment, graph, overrides, threads);
    BenchResult result;
    result.training = b.training;
    result.threads = b.executor.workers();
    result.gflops_limit = fma_limit(std::min<std::size_t>(result.threads, worker_count(0)));
    for (int i = 0; i < 5; ++i)
        b.step(nullptr);
    std::vector<double> times, empty;
    for (const auto start = Clock::now();
         times.size() < 5 || std::chrono::duration<double>(Clock::now() - start).count() < seconds;)
        times.push_back(b.step(nullptr));
    std::vector<double> per_op(b.plan.ops.size());
    const std::size_t profiled = std::max<std::size_t>(5, times.size() / 4);
    for (std::size_t i = 0; i < profiled; ++i)
        b.step(per_op.data());
    for (int i = 0; i < 101; ++i)
        empty.push_back(b.step(nullptr, true));
    const double step = median(times);
    result.unit = "samples/s";
    result.items_per_second = static_cast<double>(b.plan.batch) / step;
    result.milliseconds_per_step = step * 1e3;
    result.scheduling_share = median(empty) / step;
    double flops = 0;
    for (const NodePlan& node : b.plan.nodes)
        for (const Stage& stage : node.stages)
            flops += stage.flops;
    result.share_of_limit = flops / step / 1e9 / result.gflops_limit;
    share_out(b, per_op, static_cast<double>(profiled), result);
    result.arena_bytes = b.plan.arena_bytes;
    result.arena_bound = b.plan.arena_bound;
    result.scratch_bytes = b.plan.scratch_bytes;
    result.batch_bytes = b.plan.batch_bytes;
    result.weight_bytes =
        b.session.model->parameter_bytes() * (1 + b.layout.slots.size()) + b.session.model->state_bytes();
    result.tasks = b.plan.tasks.size();
    return result;
}

}  // namespace plexus
