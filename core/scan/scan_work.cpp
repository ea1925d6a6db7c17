#include "core/scan/scan_work.hpp"

#include <algorithm>

#include "plexus/text.hpp"

namespace plexus {
namespace {

using Role = Operand::Role;

std::size_t book(std::size_t& end, std::size_t bytes) {
    const std::size_t at = end;
    end += (bytes + 63) / 64 * 64;
    return at;
}

ShardPlan place(StepPlan step, const StepNetwork& network, std::size_t samples, std::size_t rows, std::size_t passes) {
    ShardPlan shard{.step = std::move(step), .samples = samples, .rows = rows, .passes = passes};
    std::size_t floats = 0;
    for (const ScanState& state : network.states)
        floats += static_cast<std::size_t>(state.shape.elements()) * rows;
    shard.arena = book(shard.bytes, shard.step.plan.arena_bytes);
    shard.scratch = book(shard.bytes, shard.step.plan.scratch_bytes);
    shard.batch = book(shard.bytes, shard.step.plan.batch_bytes);
    shard.states = book(shard.bytes, floats * sizeof(float));
    shard.other_states = book(shard.bytes, floats * sizeof(float));
    return shard;
}

double flops(const ShardPlan& shard, bool backward) {
    double sum = 0;
    for (const NodePlan& node : shard.step.plan.nodes)
        for (std::size_t s = 0; s < node.stages.size(); ++s)
            if ((s >= node.forward_stages) == backward)
                sum += node.stages[s].flops;
    return sum * static_cast<double>(shard.passes) / static_cast<double>(shard.samples);
}

}  // namespace

ScanWork::ScanWork(PlanContext& c, const StepNetwork& step, std::unique_ptr<const Model> model, std::size_t saved_bytes)
    : model_{std::move(model)}, saved_bytes_{saved_bytes} {
    const std::size_t last = c.inputs() - 1;
    scan_ = {.step = &step,
             .model = model_.get(),
             .steps = static_cast<std::size_t>(c.input(0).shape[1]),
             .given_states = 0,
             .lengths = is_lengths(c.inputs(), c.input(last).element),
             .keeps = c.wants_gradient() && saved_bytes > 0};
    scan_.given_states = last - (scan_.lengths ? 1 : 0);
    plan_shards(c);
    plan_forward(c);
    if (c.wants_gradient())
        plan_backward(c);
}

void ScanWork::plan_shards(PlanContext& c) {
    const bool together = scan_.step->states.empty();
    for (const std::int64_t size : c.shard_sizes()) {
        const auto samples = static_cast<std::size_t>(size);
        const std::size_t rows = together ? samples * scan_.steps : samples;
        StepPlan step = make_step_plan({.model = model_.get(),
                                        .step = scan_.step,
                                        .mode = c.mode() == Mode::training ? Mode::training : Mode::inference,
                                        .precision = c.precision(),
                                        .rows = static_cast<std::int64_t>(rows),
                                        .workers = c.workers(),
                                        .wants_gradient = c.wants_gradient(),
                                        .wants_x_gradient = c.wants_input_gradient(0)});
        shards_.push_back(place(std::move(step), *scan_.step, samples, rows, together ? 1 : scan_.steps));
        ShardPlan& shard = shards_.back();
        shard.pack = static_cast<std::size_t>(-1);
        if (shard.step.plan.derived_bytes == 0)
            continue;
        shard.derived = c.derived(text("of ", rows, " rows"), shard.step.plan.derived_bytes);
        Stage pack = stage_of(c, "pack");
        pack.over = Over::batch;
        pack.writes = {{Role::derived, shard.derived}};
        pack.scratch = shard.bytes;
        shard.pack = c.forward(std::move(pack));
    }
    for (const NodePlan& node : shards_.front().step.plan.nodes)
        for (const auto& [what, choice] : node.choices)
            c.choose(text(node.signature.node->name, ", ", what), choice);
}

// What all stages of the loop read.
Stage ScanWork::stage_of(const PlanContext& c, const char* name) const {
    Stage stage{.name = name};
    for (std::size_t p = 0; p < c.counts().parameters; ++p)
        stage.reads.push_back({Role::parameter, p});
    return stage;
}

// And what both directions of the loop do.
Stage ScanWork::loop_stage(const PlanContext& c, const char* name) const {
    Stage stage = stage_of(c, name);
    for (const ShardPlan& shard : shards_) {
        if (shard.step.plan.derived_bytes != 0)
            stage.reads.push_back({Role::derived, shard.derived});
        stage.scratch = std::max(stage.scratch, shard.bytes);
    }
    return stage;
}

void ScanWork::plan_forward(PlanContext& c) {
    Stage stage = loop_stage(c, "forward");
    for (std::size_t i = 0; i < c.inputs(); ++i)
        stage.reads.push_back({Role::input, i});
    for (std::size_t i = 0; i < c.counts().outputs; ++i)
        stage.writes.push_back({Role::output, i});
    if (scan_.keeps)
        stage.writes.push_back({Role::saved, 0});
    stage.flops = flops(shards_.front(), false) * static_cast<double>(c.batch());
    forward_stage_ = c.forward(std::move(stage));
}

void ScanWork::plan_backward(PlanContext& c) {
    Stage stage = loop_stage(c, "backward");
    for (const ShardPlan& shard : shards_)
        if (shard.step.kept_bytes > saved_bytes_ * shard.rows)
            throw RunError(text("a step of ", shard.rows, " rows keeps ", shard.step.kept_bytes,
                                " bytes, more than one row does for each"));
    if (shards_.front().step.backward_reads_x || shards_.back().step.backward_reads_x)
        stage.reads.push_back({Role::input, 0});
    if (scan_.lengths)
        stage.reads.push_back({Role::input, c.inputs() - 1});
    if (scan_.keeps)
        stage.reads.push_back({Role::saved, 0});
    for (std::size_t i = 0; i < c.counts().outputs; ++i)
        stage.reads.push_back({Role::output_gradient, i});
    for (std::size_t i = 0; i < 1 + scan_.given_states; ++i)
        if (c.wants_input_gradient(i))
            stage.writes.push_back({Role::input_gradient, i});
    for (std::size_t p = 0; c.wants_parameter_gradient() && p < c.counts().parameters; ++p)
        stage.writes.push_back({Role::parameter_gradient, p});
    stage.flops = flops(shards_.front(), true) * static_cast<double>(c.batch());
    c.backward(std::move(stage));
}

const ShardPlan& ScanWork::shard_of(const StageContext& c) const {
    for (const ShardPlan& shard : shards_)
        if (shard.pack == c.stage())
            return shard;
    const bool is_first = shards_.front().samples == static_cast<std::size_t>(c.samples());
    return is_first ? shards_.front() : shards_.back();
}

void ScanWork::run(const StageContext& c) const {
    const ShardPlan& shard = shard_of(c);
    Loop loop{scan_, shard, c};
    if (shard.pack == c.stage())
        loop.derive();
    else
        run(loop, c);
}

void ScanWork::run(Loop& loop, const StageContext& c) const {
    if (c.stage() == forward_stage_)
        loop.forward();
    else
        loop.backward();
}

std::string ScanWork::first_non_finite(const StageContext& c) const {
    const ShardPlan& shard = shard_of(c);
    if (shard.pack == c.stage())
        return {};
    Loop loop{scan_, shard, c};
    loop.check();
    run(loop, c);
    return loop.not_finite();
}

}  // namespace plexus
