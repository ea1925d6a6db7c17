#include "core/train/bench_steps.hpp"

#include "core/train/pass.hpp"
#include "core/train/planned.hpp"
#include "core/train/precision.hpp"

namespace plexus {

BenchSteps::BenchSteps(const Environment& environment, const BenchOptions& options)
    : session_(open_session(environment, load_program(options.graph, options.overrides, environment.types()))),
      executor_({.threads = options.threads}),
      training_(session_.program.train && session_.parts.loss) {
    refuse_slow_precision(session_.program);
    if (training_) {
        optimizer_ = environment.types().optimizer(session_.program.train->optimizer, *session_.factory);
        optimizer_use_ = plugin_use(environment.types(), Kind::optimizer, session_.program.train->optimizer);
    }
    layout_ = optimizer_ ? layout_of(*optimizer_) : OptimizerLayout{};
    plan_ = plan_step(session_, training_ ? Mode::training : Mode::inference, optimizer_.get(), executor_.workers(),
                      options.rewrites);
    executor_.prepare(plan_);
    weights_ = std::make_unique<Weights>(*session_.model, layout_.slots.size(), layout_.counters.size());
    initialize(*weights_, *session_.model, *session_.factory, 1);
    derived_.reserve(plan_.derived_bytes);
    carries_.begin(plan_);
    feed_ = std::make_unique<Feed>(*session_.source, session_.source_use, "data.source", false);
    feed_->reserve(plan_);
    samples_.resize(static_cast<std::size_t>(plan_.batch));
    for (std::size_t i = 0; i < samples_.size(); ++i)
        samples_[i] = static_cast<std::uint32_t>(i % session_.source->size());
    feed_->aim(plan_, samples_);
    load_alone(executor_, *feed_);
}

StepTime BenchSteps::step(StepProfile* profile) {
    if (profile != nullptr)
        profile->clear();
    return run(profile, false);
}

StepTime BenchSteps::empty_step() {
    return run(nullptr, true);
}

StepTime BenchSteps::run(StepProfile* profile, bool empty) {
    const Progress progress{.step = done_, .epoch = 0, .steps_per_epoch = 1000000, .total_steps = 1000000};
    StepTime time{.begin = StepProfile::now()};
    if (optimizer_ && !empty)
        optimizer_->begin_step(progress, weights_->counters);
    Bindings bindings{.batch = feed_->current(),
                      .parameters = weights_->parameters.data(),
                      .states = weights_->states.data(),
                      .derived = derived_.data(),
                      .slots = weights_->slot_addresses};
    carries_.bind(bindings);
    const StepInput input{.seed = 1,
                          .execution = done_++,
                          .optimizer = optimizer_.get(),
                          .optimizer_use = &optimizer_use_,
                          .learning_rate = optimizer_ ? optimizer_->learning_rate(progress) : 0,
                          .counters = weights_->counters,
                          .profile = profile,
                          .empty_bodies = empty,
                          .derived_fresh = !training_ && done_ > 1};
    executor_.run(plan_, bindings, input);
    carries_.turn();
    time.end = StepProfile::now();
    return time;
}

double BenchSteps::flops() const noexcept {
    double flops = 0;
    for (const NodePlan& node : plan_.nodes)
        for (const Stage& stage : node.stages)
            flops += stage.flops;
    return flops;
}

std::size_t BenchSteps::weight_bytes() const noexcept {
    return model().parameter_bytes() * (1 + layout_.slots.size()) + model().state_bytes();
}

}  // namespace plexus
