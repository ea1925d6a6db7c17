#include "core/train/bench_steps.hpp"

#include "core/train/pass.hpp"
#include "core/train/planned.hpp"
#include "core/train/precision.hpp"

namespace plexus {

BenchSteps::BenchSteps(const Environment& environment, const BenchOptions& options)
    : session_(open_session(environment, load_program(options.graph, options.overrides, environment.types()))),
      executor_({.threads = options.threads}),
      training_(session_.program.train && session_.parts.has_loss()) {
    refuse_slow_precision(session_.program);
    optimizers_ = Optimizers{environment, session_};
    plan_ = plan_step(session_, training_ ? Mode::training : Mode::inference, optimizers_, executor_.workers(),
                      options.rewrites);
    executor_.prepare(plan_);
    weights_ = std::make_unique<Weights>(*session_.model, optimizers_.slots(), optimizers_.counters());
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
    Bindings bindings{.batch = feed_->current(),
                      .parameters = weights_->parameters.data(),
                      .states = weights_->states.data(),
                      .derived = derived_.data(),
                      .slots = weights_->slot_addresses};
    carries_.bind(bindings);
    const StepInput input{.seed = 1,
                          .execution = done_++,
                          .phases = optimizers_.begin_step(plan_, progress, weights_->counters),
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
    return model().parameter_bytes() * (1 + optimizers_.slots()) + model().state_bytes();
}

}  // namespace plexus
