#include "tests/support/stepper.hpp"

#include <cstring>
#include <numeric>
#include <stdexcept>

#include "core/plan/step_state.hpp"
#include "core/train/pass.hpp"
#include "core/train/planned.hpp"

namespace plexus::test {

const Environment& shipped_plugins() {
    static const Environment environment;
    return environment;
}

Stepper::Stepper(const std::string& program, Options options, const Environment& environment)
    : session_(open_session(environment, parse_program(program, "test.yaml", ".", {}, environment.types()))),
      optimizers_(environment, session_),
      executor_({.threads = options.threads, .random_order = options.random_order}),
      plan_(plan_step(session_, Mode::training, optimizers_, executor_.workers(), options.rewrites)) {
    executor_.prepare(plan_);
    weights_ = std::make_unique<Weights>(*session_.model, optimizers_.slots(), optimizers_.counters());
    initialize(*weights_, *session_.model, *session_.factory, session_.program.train->seed);
    derived_.reserve(plan_.derived_bytes);
    carries_.begin(plan_);
    feed_ = std::make_unique<Feed>(*session_.source, session_.source_use, "data.source", false);
    feed_->reserve(plan_);
    samples_.resize(static_cast<std::size_t>(plan_.batch));
}

StepOutcome Stepper::step() {
    for (std::size_t i = 0; i < samples_.size(); ++i)
        samples_[i] = static_cast<std::uint32_t>((done_ * samples_.size() + i) % session_.source->size());
    feed_->aim(plan_, samples_);
    load_alone(executor_, *feed_);
    const Progress progress{.step = done_, .epoch = 0, .steps_per_epoch = 100, .total_steps = 1000};
    Bindings bindings{.batch = feed_->current(),
                      .parameters = weights_->parameters.data(),
                      .states = weights_->states.data(),
                      .derived = derived_.data(),
                      .slots = weights_->slot_addresses};
    carries_.bind(bindings);
    const StepOutcome outcome = executor_.run(plan_, bindings,
                                              {.seed = session_.program.train->seed,
                                               .execution = done_++,
                                               .phases = optimizers_.begin_step(plan_, progress, weights_->counters)});
    carries_.turn();
    workers_seen_ |= outcome.workers;
    return outcome;
}

std::vector<float> Stepper::infer(const Rewrites& rewrites) const {
    Executor executor({.threads = executor_.workers()});
    const Plan plan = plan_step(session_, Mode::inference, {}, executor.workers(), rewrites);
    executor.prepare(plan);
    Memory derived;
    derived.reserve(plan.derived_bytes);
    Carries carries;
    carries.begin(plan);
    Feed feed(*session_.source, session_.source_use, "data.source", false);
    feed.reserve(plan);
    std::vector<std::uint32_t> samples(static_cast<std::size_t>(plan.batch));
    std::iota(samples.begin(), samples.end(), 0U);
    feed.aim(plan, samples);
    load_alone(executor, feed);
    Bindings bindings{.batch = feed.current(),
                      .parameters = weights_->parameters.data(),
                      .states = weights_->states.data(),
                      .derived = derived.data()};
    carries.bind(bindings);
    executor.run(plan, bindings, {});
    const auto output = executor.result(plan.kept.at(0)).as();
    return {output.begin(), output.end()};
}

std::span<float> Stepper::parameter(const std::string& path) {
    for (const Weight& w : session_.model->parameters()) {
        const GraphNode& node = session_.model->graph().node(w.node);
        if (node.network + "/" + node.name + "/" + w.declaration.name == path)
            return {reinterpret_cast<float*>(weights_->parameters.data() + w.offset),
                    static_cast<std::size_t>(w.declaration.shape.elements())};
    }
    throw std::out_of_range("there is no parameter " + path);
}

std::vector<double> Stepper::losses() {
    std::vector<double> all;
    for (const PhasePlan& phase : plan_.phases)
        all.push_back(executor_.result(*phase.loss).as<double>()[0] / static_cast<double>(plan_.batch));
    return all;
}

std::vector<std::byte> Stepper::weights() const {
    std::vector<std::byte> all;
    const auto append = [&](const Memory& memory, std::size_t bytes) {
        all.insert(all.end(), memory.data(), memory.data() + bytes);
    };
    append(weights_->parameters, session_.model->parameter_bytes());
    append(weights_->states, session_.model->state_bytes());
    for (const Memory& slot : weights_->slots)
        append(slot, session_.model->parameter_bytes());
    return all;
}

const std::vector<NamedProgram>& small_programs() {
    static const std::vector<NamedProgram> programs{
        {"chain", R"(
data: {source: {synthetic: {shape: [10, 10, 1], classes: 4, samples: 96}}}
network:
  - conv2d: {filters: 8, kernel_size: 3, activation: relu}
  - max_pool2d: {pool_size: 2}
  - conv2d: {filters: 5, kernel_size: 3, padding: same, activation: tanh}
  - flatten
  - dropout: {rate: 0.5}
  - dense: {units: 4}
loss: softmax_cross_entropy
metrics: [accuracy]
train: {epochs: 1, batch: 30, shard: 8, optimizer: {sgd: {learning_rate: 0.05, momentum: 0.9, weight_decay: 0.0001}}}
)"},
        {"residual", R"(
data: {source: {synthetic: {shape: [8, 8, 3], classes: 4, samples: 96}}}
network:
  - conv2d: {name: stem, filters: 8, kernel_size: 3, padding: same, use_bias: false}
  - batch_normalization: {name: bn1}
  - relu: {name: r1}
  - conv2d: {name: c2, filters: 8, kernel_size: 3, padding: same}
  - batch_normalization: {name: bn2}
  - add: {name: sum, inputs: [bn2, r1]}
  - relu: {name: r2}
  - global_average_pool2d
  - dense: {units: 4}
loss: softmax_cross_entropy
metrics: [accuracy, confusion_matrix]
train: {epochs: 1, batch: 32, shard: 8, optimizer: {adam: {learning_rate: 0.01}}}
)"},
        {"tiles", R"(
data: {source: {synthetic: {shape: [12, 12, 1], classes: 5, samples: 64}}}
network:
  - flatten
  - dense: {name: wide, units: 256, activation: relu}
  - dense: {name: deep, units: 256, activation: sigmoid}
  - dense: {units: 5}
loss: softmax_cross_entropy
train: {epochs: 1, batch: 32, shard: 8, optimizer: {sgd: {learning_rate: 0.1, clip_norm: 1.0}}}
)"},
        {"time loop", R"(
data: {source: {synthetic: {shape: [7, 6], classes: 4, samples: 64}}}
network:
  - scan:
      states: {h: 24, context: 24}
      network:
        - concatenate: {inputs: [input, h]}
        - dense: {name: cell, units: 24, activation: tanh}
        - dropout: {name: y, rate: 0.25}
        - add: {name: both, inputs: [cell, context]}
      next: {h: cell, context: both}
      output: y
      return_sequences: true
  - time_distributed: {layer: {dense: {units: 5, activation: relu}}}
  - flatten
  - dense: {units: 4}
loss: softmax_cross_entropy
train: {epochs: 1, batch: 30, shard: 8, optimizer: {adam: {learning_rate: 0.01}}}
)"},
    };
    return programs;
}

}  // namespace plexus::test
